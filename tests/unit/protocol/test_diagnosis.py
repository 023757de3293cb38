"""The table of what a booth can find at itself."""

import re

import pytest

from protocol.diagnosis import AREAS, FINDINGS, Verdict

GAP = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("code", FINDINGS)
def test_a_finding_is_whole_in_both_languages(code: str) -> None:
    row = FINDINGS[code]
    assert row.area in AREAS
    assert set(GAP.findall(row.sentence_id)) == set(GAP.findall(row.sentence_en))
    assert bool(row.todo_id) == bool(row.todo_en) == (row.verdict is Verdict.BAD)


def test_every_area_can_be_good() -> None:
    assert {row.area for row in FINDINGS.values() if row.verdict is Verdict.GOOD} == set(AREAS)
