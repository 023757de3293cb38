"""Which sockets of the window lead out of this PC, asked of Windows."""

from typing import Any

import psutil

MDNS_PORT = 5353


def open_lines_of(pid: int, page_port: int) -> frozenset[int]:
    """The sockets of this process and all it has started that a call could use: all but those to the page's own server.

    Windows gives a socket no number of its own: it is known by its ends.
    """
    try:
        family = {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
        found = psutil.net_connections("inet")
    except (psutil.Error, OSError):
        return frozenset()
    lines = (one for one in found if one.pid in family)
    return frozenset(hash((one.pid, one.type, one.laddr, one.raddr)) for one in lines if is_line(one, page_port))


def is_line(one: Any, page_port: int) -> bool:
    """Whether a call could use it; UDP has no state there."""
    if one.status == psutil.CONN_NONE:
        return bool(one.laddr) and one.laddr.port != MDNS_PORT
    return one.status != psutil.CONN_LISTEN and bool(one.raddr) and one.raddr.port != page_port
