"""Which meetings a facility allows, and what the page of one may show and fetch. Pure: addresses are text, nothing is asked."""

import re
from collections.abc import Iterable
from typing import NamedTuple

HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{1,5})?")
ADDRESS = re.compile(r"https://([^/?#@\\]+)(/[^?#\\]*)?([?#].*)?")
PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
MEET_CODE = re.compile(r"/[a-z]{3}-[a-z]{4}-[a-z]{3}/?")
ZOOM_ROOM = re.compile(r"/(?:j|wc/join|wc)/([0-9]{9,12})(?:/.*)?")
MORE_HOSTS = "+"
MEET_HOSTS = (
    *("meet.google.com", "accounts.google.com", "apis.google.com", "play.google.com", "clients6.google.com"),
    *("*.clients6.google.com", "*.gstatic.com", "*.googleapis.com", "*.googleusercontent.com"),
)
JITSI_HOSTS = ("meet.jit.si", "*.meet.jit.si", "*.jitsi.net", "*.8x8.vc")


class WrongMeeting(ValueError):
    """This link or host cannot be used; says why, without the link, which lets its reader into the call."""


class Allowed(NamedTuple):
    """One entry of `meeting_hosts`: a host (`*.` before it: and all below), where links begin, and what else it fetches from."""

    host: str
    prefix: str
    more: tuple[str, ...]


class Meeting(NamedTuple):
    """What a booth is told with the link: beginnings of addresses it may show, hosts it may fetch from."""

    pages: tuple[str, ...]
    hosts: tuple[str, ...]


def allowed(entry: str) -> Allowed:
    """`meet.google.com`, `*.zoom.us`, `vc.example.org:8443/rooms+cdn.example.org`; raises WrongMeeting."""
    first, *more = entry.strip().lower().split(MORE_HOSTS)
    host, slash, prefix = first.partition("/")
    wrong = [one for one in (host, *more) if HOST.fullmatch(one) is None]
    if wrong or PREFIX.fullmatch(slash + prefix) is None:
        raise WrongMeeting(
            f"{entry} is no host of meetings: write host, host/beginning or host+host-it-fetches-from, "
            "for example meet.google.com,*.zoom.us,vc.example.org/rooms"
        )
    return Allowed(host, slash + prefix.rstrip("/"), tuple(more))


def meeting(url: str, entries: Iterable[str]) -> Meeting:
    """What the page of this link may show and fetch; raises WrongMeeting if no entry allows the link."""
    listed = tuple(entries)
    found = ADDRESS.fullmatch(url)
    if found is None or not url.isascii() or not url.isprintable() or " " in url:
        raise WrongMeeting("a web_page needs the https:// address of its meeting, without user name and spaces")
    host, path = found[1].lower(), found[2] or "/"
    for one in map(allowed, listed):
        if _is_host(host, one.host) and f"{path}/".lower().startswith(f"{one.prefix}/"):
            return _rules(host, path, one)
    if not listed:
        raise WrongMeeting(
            f"{host} is not allowed: this facility allows no meetings yet; "
            f"bilik-central facility set ID --set meeting_hosts={host}"
        )
    raise WrongMeeting(
        f"{host} with this beginning is not allowed; meeting_hosts of this facility: {', '.join(listed)}"
    )


def _is_host(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _rules(host: str, path: str, entry: Allowed) -> Meeting:
    """Of the known services their own ways; of any other the room and all below it, from its own host."""
    origin = f"https://{host}"
    if host == "meet.google.com":
        if MEET_CODE.fullmatch(path) is None:
            raise WrongMeeting("a link of Google Meet ends in its code: https://meet.google.com/abc-defg-hij")
        return Meeting((origin + path.rstrip("/"),), (*MEET_HOSTS, *entry.more))
    if host == "zoom.us" or host.endswith(".zoom.us"):
        room = ZOOM_ROOM.fullmatch(path)
        if room is None:
            raise WrongMeeting("a link of Zoom has its number: https://zoom.us/j/12345678901?pwd=...")
        ways = (f"/j/{room[1]}", f"/wc/{room[1]}", f"/wc/join/{room[1]}")
        pages = tuple(dict.fromkeys(f"{place}{way}" for place in (origin, "https://app.zoom.us") for way in ways))
        return Meeting(pages, ("zoom.us", "*.zoom.us", *entry.more))
    room_path = path.rstrip("/")
    if not room_path or room_path.lower() == entry.prefix:
        raise WrongMeeting(f"the link names no meeting at {host}: it ends before the room")
    own = JITSI_HOSTS if host == "meet.jit.si" else (host,)
    return Meeting((origin + room_path,), (*own, *entry.more))
