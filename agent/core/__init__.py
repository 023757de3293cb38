"""The behaviour of a booth, pure: no clock, disk, network, asyncio or logging is imported here."""
