"""What verify leaves for the agent: a file that says when it was written and what is not as it was set up."""

import time

import msgspec

from installer.ports import Node, NodeKind, System
from installer.steps import Drift


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`boot_s`: seconds since boot, suspend included, when it was looked."""

    boot_s: float
    drift: tuple[str, ...]


def write_report(system: System, path: str, found: list[Drift]) -> None:
    """Put it there for everybody to read; raises SystemRefused."""
    told = Report(boot_s=time.clock_gettime(time.CLOCK_BOOTTIME), drift=tuple(one.what for one in found))
    system.write(path, Node(kind=NodeKind.FILE, content=msgspec.json.encode(told), mode=0o644))
