"""The technician's guide says in both languages what the screens and the programs say."""

import html.parser
import json
import re
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

import agent.__main__
import central.__main__
import installer.typed
from protocol.faults import FAULTS, Fault, Severity

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
GUIDES = {"id": DOCS / "technician.md", "en": DOCS / "technician.en.md"}
SHEET = DOCS / "sign-off.html"
HEADINGS = {"id": "Bila ada gangguan", "en": "When something is wrong"}
HOW_BAD = {
    "id": {Severity.STOPS: "tidak melayani", Severity.WARNING: "peringatan", Severity.NOTICE: "perhatian"},
    "en": {Severity.STOPS: "stops", Severity.WARNING: "warning", Severity.NOTICE: "notice"},
}
PICTURE_MOST_BYTES = 120_000
LANGUAGES = pytest.mark.parametrize("language", ["id", "en"])


def guide(language: str) -> str:
    return GUIDES[language].read_text(encoding="utf-8")


def words_of_screens(language: str) -> Iterator[str]:
    """Every whole text that a page of booth or staff shows."""
    folders = (ROOT / "kiosk_ui" / "pages" / "locales", ROOT / "central" / "locales")
    for file in (found for folder in folders for found in folder.rglob(f"{language}.json")):
        yield from json.loads(file.read_text(encoding="utf-8")).values()


def expected(fault: Fault, language: str) -> list[str]:
    """Code, how bad it is, what is read and what to do."""
    how_bad = HOW_BAD[language][fault.severity]
    return [f"{fault.code}, {how_bad}", *(getattr(fault, f"{part}_{language}") for part in ("sentence", "todo"))]


def commands(text: str, program: str) -> list[list[str]]:
    """What the guide has people type after the name of a program, in blocks and in lines."""
    typed = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    typed += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    words = [re.findall(r"(?:^|sudo |/usr/bin/)" + program + r" (\S.*)$", line.strip()) for line in typed]
    return [shlex.split(found[0]) for found in words if found]


@LANGUAGES
def test_every_fault_is_in_the_guide_as_people_read_it(language: str) -> None:
    section = guide(language).split(f"\n## {HEADINGS[language]}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    told = [
        [code, sentence, todo[: len(fault[2])]]
        for (code, sentence, todo), fault in zip(
            rows[2:], [expected(fault, language) for fault in FAULTS.values()], strict=True
        )
    ]
    assert told == [expected(fault, language) for fault in FAULTS.values()]


@LANGUAGES
def test_a_bold_word_is_one_that_a_screen_shows(language: str) -> None:
    bold = set(re.findall(r"\*\*(.+?)\*\*", guide(language)))
    assert len(bold) > 30
    assert bold - set(words_of_screens(language)) == set()


@LANGUAGES
def test_a_command_of_the_guide_can_be_typed(language: str) -> None:
    text = guide(language)
    agents, centrals = commands(text, "bilik-agent"), commands(text, "bilik-central")
    installs = [words for words in commands(text, "bilik-install") if words != ["--help"]]
    assert len(agents) > 2
    assert len(centrals) == 1
    assert len(installs) > 6
    for words in agents:
        agent.__main__._parser().parse_args(words)
    for words in centrals:
        central.__main__.parser().parse_args(words)
    for words in installs:
        assert words[0] in {"verify", "uninstall", "rescue"} or installer.typed.install_parser().parse_args(words)


@LANGUAGES
def test_what_is_said_to_be_printed_is_printed(language: str) -> None:
    table = json.loads((ROOT / "installer" / "locales" / "id.json").read_text(encoding="utf-8"))
    sources = "\n".join(table if language == "en" else table.values())
    said = re.findall(r"`([A-Z][a-zA-Z' -]+ [a-zA-Z' -]+[.:?]?)`", guide(language))
    assert len(said) > 10
    assert [words for words in said if words not in sources] == []


def test_both_languages_have_the_same_steps_pictures_and_commands() -> None:
    indonesian, english = guide("id"), guide("en")
    for pattern in (r"(?m)^#+ ", r"(?m)^ *\d+\. ", r"(?m)^ *- ", r"\]\((images/[^)]+)\)", r"\*(?:Terlihat|Seen)\*:"):
        assert len(re.findall(pattern, indonesian)) == len(re.findall(pattern, english)), pattern
    assert re.findall(r"images/\S+\.png", indonesian) == re.findall(r"images/\S+\.png", english)
    blocks = [re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for text in (indonesian, english)]
    assert [
        block.replace("contoh.id", "example.org").replace("doctor", "doctor --lang en") for block in blocks[0]
    ] == blocks[1]


def test_every_picture_is_shown_and_small_enough_for_a_phone() -> None:
    shown = set(re.findall(r"images/technician/\S+\.png", guide("id")))
    there = {f"images/technician/{file.name}": file.read_bytes() for file in (DOCS / "images" / "technician").iterdir()}
    assert shown == set(there)
    for name, picture in there.items():
        width, _height = struct.unpack(">II", picture[16:24])
        assert picture[1:4] == b"PNG", name
        assert len(picture) <= PICTURE_MOST_BYTES, name
        assert width <= 800, name


@pytest.mark.parametrize("name", ["technician.md", "technician.en.md", "windows-first.md", "sign-off.html"])
def test_every_link_of_the_sheets_leads_somewhere(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text) + re.findall(r'(?:href|src)="([^"]+)"', text)
    anchors = {re.sub(r"[^\w -]", "", found.lower()).replace(" ", "-") for found in re.findall(r"(?m)^#+ (.+)$", text)}
    assert links
    assert [link for link in links if link[:1] == "#" and link[1:] not in anchors] == []
    assert [link for link in links if link[:1] != "#" and not (DOCS / link).exists()] == []


class Sheet(html.parser.HTMLParser):
    """Rows to try of the sign-off sheet: how many texts each has in either language, and what stays open."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in {"meta", "link"}:
            self.open.append(tag)
        if tag == "tr" and given.get("class") == "try":
            self.rows.append([])
        elif tag == "span" and self.rows:
            self.rows[-1].append(str(given.get("lang")))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_sign_off_sheet_is_whole_and_needs_nothing_else() -> None:
    text = SHEET.read_text(encoding="utf-8")
    sheet = Sheet()
    sheet.feed(text)
    assert sheet.open == []
    assert len(sheet.rows) > 20
    assert [row for row in sheet.rows if "id" not in row] == []
    assert "@media print" in text
    assert "<script" not in text
    assert "http" not in text
