"""What crosses a boundary between Bilik's programs: msgspec Structs, no I/O, nothing of ours imported."""

PROTOCOL_VERSION = 1
"""Sent with every enrolment, sync and batch of events; raised when an old reader could misread a message."""
