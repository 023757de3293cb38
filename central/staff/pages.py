"""How a page of central is made: templates, the static files under their own hash, and the headers that hold it tight."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from litestar import Response
from litestar.response import Redirect
from markupsafe import Markup

from central.staff import menu
from central.staff.words import Words, zone

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=()",
    "cache-control": "no-store",
}


class Asset:
    """One static file, in memory."""

    def __init__(self, path: Path) -> None:
        self.body = path.read_bytes()
        self.media_type = TYPES[path.suffix]


@cache
def assets() -> dict[str, Asset]:
    """All static files by name."""
    return {path.name: Asset(path) for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}


@cache
def digest() -> str:
    """One hash over all static files: part of their address, so that they may be kept for ever."""
    whole = hashlib.sha256()
    for name, asset in assets().items():
        whole.update(name.encode() + b"\0" + asset.body)
    return whole.hexdigest()[:16]


def asset(name: str) -> str:
    """The address of a static file."""
    if name not in assets():
        raise KeyError(f"there is no static file {name}")
    return f"/static/{digest()}/{name}"


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(HERE / "templates")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": asset, "zone": zone}
    return environment


def render(template: str, words: Words, **values: Any) -> str:
    """A template with these values, in this language."""
    known = {"words": words, "language": words.language, "say": words.say, "menu": menu.shown()}
    return _templates().get_template(template).render(known | values)


def page(template: str, words: Words, *, status_code: int = 200, **values: Any) -> Response[str]:
    """A whole page with its headers."""
    text = render(template, words, **values)
    answer = Response(text, media_type="text/html", status_code=status_code, headers=HEADERS)
    top = menu.shown()
    if top is not None and top.remember is not None:
        answer.set_cookie(top.remember)
    return answer


def to(path: str) -> Redirect:
    """Go on there with a GET."""
    return Redirect(path, status_code=303, headers={"cache-control": "no-store"})


def data(json_text: str) -> Markup:
    """JSON for a script element that is not run: no `<` can end it."""
    return Markup(json_text.replace("<", "\\u003c"))  # noqa: S704 - it is JSON whose every < is escaped
