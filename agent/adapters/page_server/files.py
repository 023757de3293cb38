"""What the kiosk page is made of, and the headers that keep it to itself."""

import http
import importlib.resources
from pathlib import Path

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Response

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
}

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)

FIXED_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", POLICY),
    (
        "Permissions-Policy",
        "camera=(self), microphone=(self), geolocation=(), display-capture=(), usb=(), serial=(), midi=()",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class ServedFile(msgspec.Struct, frozen=True):
    """One file of the page, kept in memory: the page outlives a disk that fails, and no path from outside reaches the disk."""

    content_type: str
    body: bytes


def read_files(directory: Path, prefix: str = "/") -> dict[str, ServedFile]:
    """Every file below `directory` whose kind is known, by its address; links out of the directory are left out."""
    root = directory.resolve()
    files: dict[str, ServedFile] = {}
    for path in sorted(root.rglob("*")):
        content_type = CONTENT_TYPES.get(path.suffix)
        if content_type is not None and path.is_file() and path.resolve().is_relative_to(root):
            files[prefix + path.relative_to(root).as_posix()] = ServedFile(content_type, path.read_bytes())
    return files


def font_directory() -> Path:
    """Where the fonts of `fontpkg-atkinson-hyperlegible` are installed."""
    return Path(str(importlib.resources.files("fontpkg_atkinson_hyperlegible"))) / "files"


def respond(status: http.HTTPStatus, file: ServedFile | None = None) -> Response:
    """An answer with every header that keeps the page to itself; without a file, an empty one."""
    body = b"" if file is None else file.body
    headers = Headers(FIXED_HEADERS)
    headers["Content-Type"] = "text/plain" if file is None else file.content_type
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close"
    return Response(status.value, status.phrase, headers, body)
