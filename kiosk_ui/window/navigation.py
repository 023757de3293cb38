"""Which addresses the kiosk window may show and fetch: those of the agent's page on loopback and nothing else.

A meeting's page, in a view of its own, may show the addresses of its link and fetch from the hosts that came with it.
"""

import ipaddress
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

HOST = "127.0.0.1"
HTTP_PORT = 80

# What a page may carry inside itself; anything that runs or is shown as a document is not in it.
INLINE_RESOURCES: AbstractSet[str] = frozenset({"image", "media", "fontresource"})


def page_origin(port: int) -> str:
    """The origin of the agent's page as an engine spells it: scheme, host and, unless it is the usual one, the port."""
    return f"http://{HOST}" if port == HTTP_PORT else f"http://{HOST}:{port}"


def may_load(url: str, port: int | None) -> bool:
    """May this address become the document of a frame? `url` as the engine encodes it; no port yet: nothing may."""
    return port is not None and url.startswith(page_origin(port) + "/")


def may_fetch(url: str, port: int | None, resource: str) -> bool:
    """May a page of ours request this address? `resource`: what it is for (image, media, fontresource, script, ...)."""
    if port is None:
        return False
    if url.startswith("data:"):
        return resource in INLINE_RESOURCES
    if url.startswith("blob:"):
        return resource in INLINE_RESOURCES and may_load(url.removeprefix("blob:"), port)
    if url.startswith("ws:"):
        return may_load("http:" + url.removeprefix("ws:"), port)
    return may_load(url, port)


def is_other_program(url: str) -> bool:
    """Would this address open another program (mailto:, tel:, a meeting program's own scheme) and not a document?"""
    scheme = url.partition(":")[0].lower()
    return scheme not in {"http", "https", "ws", "wss", "file", "data", "blob", "about", "javascript", "view-source"}


# ---- a meeting's page ---------------------------------------------------------------------------------------------

EMPTY_FRAMES: AbstractSet[str] = frozenset({"about:blank", "about:srcdoc"})
DOCUMENTS: AbstractSet[str] = frozenset({"mainframe", "subframe", "object", "pluginresource"})


class MeetingRules(NamedTuple):
    """What came with the link: `url` itself, beginnings of the addresses it may show, hosts it may fetch from."""

    url: str
    pages: Sequence[str]
    hosts: Sequence[str]


def origin_of(url: str) -> str:
    """Scheme and host of an address, with its port if it is not the usual one; empty for one without a host."""
    scheme, separator, rest = url.partition("://")
    host = _host(rest)
    return f"{scheme}://{host}" if separator and host else ""


def _host(rest: str) -> str:
    """What stands before path, query or fragment; empty if a name or password stands before the host."""
    end = min((at for at in map(rest.find, "/?#\\") if at >= 0), default=len(rest))
    return "" if "@" in rest[:end] else rest[:end].lower()


def is_host_allowed(host: str, allowed: Sequence[str]) -> bool:
    """Is this host, with its port if it has one, among them? `*.` before a name means all hosts below it."""
    return any(host.endswith(one[1:]) if one.startswith("*.") else host == one for one in allowed)


def may_meeting_show(url: str, rules: MeetingRules, *, is_main_frame: bool) -> bool:
    """May this address become the document of a frame of the meeting's page?"""
    if is_main_frame:
        return any(_is_below(url, page) for page in rules.pages)
    inner = url.removeprefix("blob:")
    is_allowed = inner.startswith("https://") and is_host_allowed(_host(inner.removeprefix("https://")), rules.hosts)
    return is_allowed or url in EMPTY_FRAMES


def _is_below(url: str, page: str) -> bool:
    """Does it begin with this address, at the end of a part of its path?"""
    rest = url.removeprefix(page)
    return url.startswith(page) and (page.endswith("/") or not rest or rest[0] in "/?#")


def may_meeting_fetch(url: str, rules: MeetingRules, resource: str) -> bool:
    """May the meeting's page request this address? What becomes a document is judged by `may_meeting_show` as well."""
    scheme, _, rest = url.partition(":")
    if scheme in {"data", "blob"}:
        is_frame = resource == "subframe" and scheme == "blob"
        return resource not in DOCUMENTS or (is_frame and may_meeting_show(url, rules, is_main_frame=False))
    if resource == "mainframe":
        return may_meeting_show(url, rules, is_main_frame=True)
    return scheme in {"https", "wss"} and is_host_allowed(_host(rest.removeprefix("//")), rules.hosts)


def is_near(url: str) -> bool:
    """Is this an address of this PC or of the networks it stands in?"""
    host = _host(url.partition("://")[2])
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return "." not in name or name.endswith((".localhost", ".local", ".internal"))
