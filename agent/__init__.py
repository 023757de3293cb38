"""bilik-agent: the one process of a booth that decides, remembers, enforces and reports."""
