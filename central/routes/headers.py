"""The security headers that every answer carries."""

from collections.abc import Iterable

HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
}
"""Set where a route has not said otherwise."""
_HTTPS = (b"strict-transport-security", b"max-age=31536000")


def secured(headers: Iterable[tuple[bytes, bytes]], *, is_https: bool) -> list[tuple[bytes, bytes]]:
    """These headers and those of HEADERS that are not among them."""
    said = list(headers)
    present = {name.lower() for name, _value in said}
    more = [(name, value) for name, value in HEADERS.items() if name not in present]
    return [*said, *more, _HTTPS] if is_https else [*said, *more]
