"""Every sentence of the pages exists in both languages with the same gaps, is used, and keeps to the tone."""

import json
import re
from pathlib import Path

import pytest

from agent.core.checks import BESIDE_FAULTS
from protocol.diagnosis import AREAS, FINDINGS
from protocol.faults import FAULTS
from protocol.outcome import EndReason

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "kiosk_ui" / "pages"
CENTRAL = ROOT / "central" / "locales"
FOLDERS = [PAGES / "locales", CENTRAL, *sorted(part for part in CENTRAL.iterdir() if part.is_dir())]
DEVICES = {"camera", "microphone", "speaker"}
GAP = re.compile(r"\{(\w+)\}")
KEY = re.compile(r"""["'`]([a-z_]+\.[A-Za-z0-9_-]+)["'`]""")


def sentences(folder: Path, language: str) -> dict[str, str]:
    table = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"), object_pairs_hook=once)
    assert isinstance(table, dict)
    return table


def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"written twice: {sorted({key for key in keys if keys.count(key) > 1})}"
    return dict(pairs)


def name(folder: Path) -> str:
    return folder.name if folder.parent == CENTRAL else folder.parent.name


@pytest.fixture(params=FOLDERS, ids=name)
def folder(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def test_both_languages_have_the_same_keys(folder: Path) -> None:
    assert sentences(folder, "id").keys() == sentences(folder, "en").keys()


def test_both_languages_have_the_same_gaps(folder: Path) -> None:
    indonesian, english = sentences(folder, "id"), sentences(folder, "en")
    wrong = [key for key in indonesian if set(GAP.findall(indonesian[key])) != set(GAP.findall(english[key]))]
    assert not wrong


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_sentence_is_empty_or_badly_written(folder: Path, language: str) -> None:
    table = sentences(folder, language)
    assert not [key for key, text in table.items() if not text.strip()]
    assert not [key for key, text in table.items() if text != text.strip() or "  " in text or "..." in text]


def test_indonesian_is_calm_and_polite(folder: Path) -> None:
    table = sentences(folder, "id")
    assert not [key for key, text in table.items() if "!" in text]
    assert not [key for key, text in table.items() if re.search(r"\b(anda|kamu|kau)\b", text)]


def used_in_pages() -> set[str]:
    sources = [path.read_text(encoding="utf-8") for path in PAGES.rglob("*.js")]
    return {key for source in sources for key in KEY.findall(source)}


def test_every_sentence_of_the_kiosk_is_used_and_every_used_one_exists() -> None:
    written = set(sentences(PAGES / "locales", "id"))
    families = {key.partition(".")[0] for key in written}
    used = {key for key in used_in_pages() if key.partition(".")[0] in families and not key.endswith((".js", ".json"))}
    assert written - used == set(), "nobody uses these"
    assert used - written == set(), "nobody has written these"


@pytest.mark.parametrize("code", FAULTS)
def test_the_kiosk_says_of_a_fault_what_the_table_of_faults_says(code: str) -> None:
    fault = FAULTS[code]
    assert sentences(PAGES / "locales", "id")[f"fault.{code}"] == fault.sentence_id
    assert sentences(PAGES / "locales", "en")[f"fault.{code}"] == fault.sentence_en
    assert sentences(PAGES / "locales", "id")[f"todo.{code}"] == fault.todo_id
    assert sentences(PAGES / "locales", "en")[f"todo.{code}"] == fault.todo_en


def test_every_end_reason_has_a_sentence() -> None:
    farewell = (PAGES / "screens" / "farewell.js").read_text(encoding="utf-8")
    assert not [reason for reason in EndReason if f"  {reason.value}: " not in farewell]


def test_no_two_parts_of_central_write_the_same_sentence() -> None:
    keys = [key for folder in FOLDERS[1:] for key in sentences(folder, "id")]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize(
    "code", [*sorted(BESIDE_FAULTS), *(one for one, row in FINDINGS.items() if row.area in DEVICES)]
)
def test_the_kiosk_says_of_a_finding_what_the_table_of_findings_says(code: str) -> None:
    row, key = FINDINGS[code], code.replace(".", "_")
    for language, said, todo, area in (
        ("id", row.sentence_id, row.todo_id, AREAS[row.area][0]),
        ("en", row.sentence_en, row.todo_en, AREAS[row.area][1]),
    ):
        words = sentences(PAGES / "locales", language)
        if f"found.{key}" not in words:
            assert code.partition(".")[2] in {"found", "unknown"}, "the maintenance screen shows what was measured"
            continue
        assert (words[f"found.{key}"], words.get(f"mend.{key}", "")) == (said, todo)
        assert row.area in DEVICES or words[f"area.{row.area}"] == area
