"""Which addresses the kiosk window may show and fetch: those of the agent's page on loopback and nothing else."""

from collections.abc import Set as AbstractSet

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
