"""The ways in which people fill in the form of /daftar: by touch, by keyboard alone, without a script, in either language."""

from collections.abc import Mapping

from msgspec import Struct
from playwright.sync_api import Page

TABS_AT_MOST = 12


class Way(Struct, frozen=True, kw_only=True):
    """How one family does it."""

    language: str = "id"
    has_script: bool = True
    by_keyboard: bool = False

    def fill(self, page: Page, wish: Mapping[str, str]) -> None:
        """Fill in the form that is open, and send it."""
        if self.by_keyboard:
            _typed(page, wish, relation="Suami" if self.language == "id" else "Husband")
        else:
            _touched(page, wish)


PLAIN = Way()


def way_of(number: int) -> Way:
    """Of the family with this number: every third in English, every seventh by keyboard, the fourth without any script."""
    return Way(language="en" if number % 3 == 0 else "id", has_script=number != 4, by_keyboard=number % 7 == 0)


def _touched(page: Page, wish: Mapping[str, str]) -> None:
    page.fill("[name=name]", wish["name"])
    page.select_option("[name=relation]", "spouse")
    page.fill("[name=phone]", wish["phone"])
    page.fill("[name=inmate]", wish["inmate"])
    page.select_option("[name=day]", wish["day"])
    page.check("[name=consent]")
    page.click("form.wish [type=submit]")


def _typed(page: Page, wish: Mapping[str, str], *, relation: str) -> None:
    """With Tab, letters, space and Enter; today is the day that the form offers first."""
    for field, typed in (("name", wish["name"]), ("relation", relation), ("phone", wish["phone"])):
        _tab_to(page, field)
        page.keyboard.type(typed)
    _tab_to(page, "inmate")
    page.keyboard.type(wish["inmate"])
    _tab_to(page, "consent")
    page.keyboard.press("Space")
    _tab_to(page, "")
    page.keyboard.press("Enter")


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the field of this name, or a button, has the focus."""
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.localName === 'button' ? '' : document.activeElement.name") == name:
            return
    raise AssertionError(f"the keyboard does not come to {name or 'the button'}")
