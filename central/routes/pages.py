"""The family's page, the static files and the fonts: nothing here reads or changes a row."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg
from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from central import packed
from central.staff import pages
from central.staff.words import LANGUAGES, preferred, words

FONTS: Path = fontpkg.path("Atkinson Hyperlegible").parent
FOR_EVER = "public, max-age=31536000, immutable"
FAMILY_SENTENCES = ("app.", "language.", "join.", "inapp.", "check.", "wait.", "call.", "bye.", "expected.")

FAMILY_MODULES = (
    *("call_family.js", "call_view.js", "devices.js", "farewell.js", "meeting.js", "memory.js", "own_devices.js"),
    *("page.js", "signalling.js", "visit.js", "words.js"),
)
"""What the family's page imports: named in its head, so that a phone on a slow line asks for all at once."""


@get("/")
async def home() -> Response[Any]:
    """Whoever types the bare address is staff."""
    return pages.to("/board")


@get("/join")
async def join(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The page of a family's link; the token in its fragment never comes here, and opening it changes nothing."""
    language = preferred(request.headers.get("accept-language", ""))
    text = pages.render("join.html", words(language), sentences=pages.data(_family_sentences()), modules=FAMILY_MODULES)
    return packed.answer(request, text.encode(), media_type="text/html; charset=utf-8", headers=pages.HEADERS)


@cache
def _family_sentences() -> str:
    wanted = {
        language: {key: text for key, text in words(language).sentences.items() if key.startswith(FAMILY_SENTENCES)}
        for language in LANGUAGES
    }
    return json.dumps(wanted, ensure_ascii=False)


@get("/static/{digest:str}/{name:str}")
async def static(request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A static file; kept for ever under its own hash, never under another."""
    found = pages.assets().get(name)
    if found is None:
        raise NotFoundException(detail="There is no such file.")
    kept = FOR_EVER if digest == pages.digest() else "no-cache"
    headers = {"cache-control": kept, "x-content-type-options": "nosniff"}
    return packed.answer(request, found.body, media_type=found.media_type, headers=headers)


@cache
def _fonts() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FONTS.glob("*.ttf")}


@get("/fonts/{name:str}")
async def font(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Atkinson Hyperlegible."""
    body = _fonts().get(name)
    if body is None:
        raise NotFoundException(detail="There is no such font.")
    return packed.answer(request, body, media_type="font/ttf", headers={"cache-control": FOR_EVER})


pages_router = Router(path="/", route_handlers=[home, join, static, font], include_in_schema=False)
