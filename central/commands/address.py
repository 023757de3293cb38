"""Central's own address, as people type it."""

from urllib.parse import urlsplit

from central.commands.outcome import Unusable

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def checked(url: str, option: str) -> str:
    """The address without a slash at its end; raises Unusable unless it is https, or http on this machine."""
    if not _is_safe(url):
        raise Unusable(
            f"{option} {url}: an address begins with https:// (http:// is for this machine alone: phones refuse "
            "cameras on it, and booths refuse it)"
        )
    return url.rstrip("/")


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
