"""The curtain's picture."""

import pytest

from kiosk_ui.shell.curtain import picture


@pytest.mark.parametrize("size", [(800, 480), (1024, 768), (1366, 768), (1920, 1080)])
def test_the_words_fit_the_screen_with_room_around_them(size: tuple[int, int]) -> None:
    image = picture(*size)
    paper = image.getpixel((0, 0))
    assert image.size == size
    assert paper == (0xFA, 0xF6, 0xEF)
    inked = image.convert("L").point(lambda value: 255 if value < 200 else 0).getbbox()
    assert inked is not None
    left, top, right, bottom = inked
    assert left > size[0] * 0.1
    assert right < size[0] * 0.9
    assert top > size[1] * 0.2
    assert bottom < size[1] * 0.8
