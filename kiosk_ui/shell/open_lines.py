"""Which sockets of the window lead out of this PC, read from the kernel: what no page can talk away."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
TABLES = (("udp", False), ("udp6", False), ("tcp", True), ("tcp6", True))
LISTENING, MDNS_PORT = "0A", 5353


class Socket(NamedTuple):
    """One row of the kernel's tables; `there_port` is 0 where nobody is connected."""

    inode: int
    uid: int
    is_tcp: bool
    state: str
    here_port: int
    there_port: int


def open_lines(group: int, page_port: int) -> frozenset[int]:
    """The sockets (by inode) of process group `group` that a call could use: all but those to the page's own server.

    What may not be read of a process (the engine's sandbox forbids it) is decided by the account, which is the kiosk's own.
    """
    if sys.platform == "win32":
        from kiosk_ui.shell.open_lines_windows import open_lines_of

        return open_lines_of(group, page_port)
    candidates = {one.inode for one in read_tables() if one.uid == os.getuid() and is_line(one, page_port)}
    if not candidates:
        return frozenset()
    owned, is_whole = owned_by(group)
    return frozenset(candidates & owned if is_whole or os.getuid() == 0 else candidates)


def is_line(one: Socket, page_port: int) -> bool:
    """Whether a call could use it."""
    if one.is_tcp:
        return one.state != LISTENING and one.there_port not in {0, page_port}
    return one.here_port != MDNS_PORT


def read_tables() -> Iterator[Socket]:
    """All sockets of this network namespace."""
    for name, is_tcp in TABLES:
        try:
            rows = (PROC / "self/net" / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        yield from (read_row(row.split(), is_tcp=is_tcp) for row in rows)


def read_row(row: list[str], *, is_tcp: bool) -> Socket:
    """One line of /proc/net/udp or tcp."""
    return Socket(
        inode=int(row[9]),
        uid=int(row[7]),
        is_tcp=is_tcp,
        state=row[3],
        here_port=int(row[1].rpartition(":")[2], 16),
        there_port=int(row[2].rpartition(":")[2], 16),
    )


def owned_by(group: int) -> tuple[set[int], bool]:
    """The sockets of the processes of this group, and whether all of them could be read."""
    owned: set[int] = set()
    is_whole = True
    for pid in members(group):
        try:
            owned.update(sockets_of(pid))
        except PermissionError:
            is_whole = False
        except OSError:  # it has ended
            continue
    return owned, is_whole


def members(group: int) -> Iterator[int]:
    """The processes of this group."""
    for entry in os.listdir(PROC):  # noqa: PTH208 - names alone, ten times cheaper than paths
        if entry.isdigit():
            try:
                if os.getpgid(int(entry)) == group:
                    yield int(entry)
            except OSError:  # it has ended
                continue


def sockets_of(pid: int) -> Iterator[int]:
    """The inodes of one process's sockets; raises OSError if it may not be read or has ended."""
    folder = f"/proc/{pid}/fd"
    for number in os.listdir(folder):  # noqa: PTH208 - as above
        try:
            name = os.readlink(f"{folder}/{number}")  # noqa: PTH115 - as above
        except FileNotFoundError:
            continue
        if name.startswith("socket:["):
            yield int(name[8:-1])
