"""The "please wait" picture over the whole screen while there is no painted page to show."""

import logging
from typing import Protocol

import fontpkg
from PIL import Image, ImageDraw, ImageFont

log = logging.getLogger(__name__)

PAPER, INK, SOFT = "#faf6ef", "#16302e", "#5b6f6c"
LINES = (("Mohon tunggu", 700, 72, INK), ("Please wait", 400, 40, SOFT))
FONT = "Atkinson Hyperlegible"
DESIGN_HEIGHT = 800


class NoScreen(Exception):
    """There is no screen to cover; the text says what to do."""


class Curtain(Protocol):
    """What the keeper asks of it; both orders are safe to repeat."""

    @property
    def covers(self) -> bool:
        """Whether it is what people should see."""

    def show(self) -> None:
        """Cover everything, and stay on top of windows that appear meanwhile."""

    def lower(self) -> None:
        """Go behind all windows; it is there again at once when the window on top of it goes."""


def size_in_words(width: int, height: int) -> str:
    """1280x800."""
    return f"{width}x{height}"


def picture(width: int, height: int) -> Image.Image:
    """The curtain's picture for a screen of this size."""
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    scale = height / DESIGN_HEIGHT
    y = height * 0.42
    for text, weight, size, colour in LINES:
        font = _font(weight, max(round(size * scale), 12))
        draw.text((width / 2, y), text, font=font, fill=colour, anchor="mm")
        y += size * scale * 1.1
    return image


def _font(weight: int, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(fontpkg.path(FONT, weight), size)
    except (fontpkg.FontpkgError, OSError) as error:
        log.warning("the curtain's font is missing, another is used: %s", error)
        return ImageFont.load_default(size)
