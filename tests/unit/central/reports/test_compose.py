"""A report out of what was read, line by line."""

from datetime import date

import pytest

from central.reports.compose import Line, Officer, compose
from central.reports.figures import Cell, Deed, Figures, Missed, Paper, Read, Slot
from central.reports.period import Period
from central.reports.tables import tables
from protocol.outcome import EndReason

DAY = Period(date(2026, 11, 21), date(2026, 11, 21))
HOUR = (date(2026, 11, 21) - date(1970, 1, 1)).days * 24
ONE = Figures(records=1, promised_s=600, extended_s=60, delivered_ms=330_000, interrupted_ms=5_000, interruptions=2)


def cell(**fields: object) -> Cell:
    known = {"facility_id": "f-1", "terminal_id": "t-1", "end_reason": "completed", "fault_party": "none"}
    return Cell(**({"provisional": False, "figures": ONE} | known | fields))  # type: ignore[arg-type]  # its fields


def test_figures_are_added_one_by_one() -> None:
    assert (
        Figures(
            records=2, promised_s=1200, extended_s=120, delivered_ms=660_000, interrupted_ms=10_000, interruptions=4
        )
        == ONE + ONE
    )


def test_what_went_on_at_another_booth_is_owed_there() -> None:
    moved = Figures(records=1, promised_s=600, delivered_ms=200_000, carried_s=400)
    assert (moved.owed_s, moved.share) == (200, 1.0)


def test_the_share_is_of_promised_and_extended_together_and_none_of_nothing() -> None:
    assert ONE.share == pytest.approx(0.5)
    assert Figures(records=1).share is None


def test_lines_are_in_the_order_of_the_protocol_and_what_it_does_not_know_comes_last() -> None:
    cells = [cell(end_reason=reason) for reason in ("zzz", "hard_stop", "a", "completed", "completed")]
    report = compose(DAY, Read(cells=tuple(cells)))
    assert [(line.key, line.figures.records) for line in report.by_reason] == [
        ("completed", 2),
        ("hard_stop", 1),
        ("a", 1),
        ("zzz", 1),
    ]
    assert report.ended(EndReason.COMPLETED) == 2
    assert report.ended(EndReason.MOVED) == 0


def test_hours_weekdays_days_and_months_are_of_the_clock_on_the_wall() -> None:
    report = compose(DAY, Read(slots=(Slot(hour=HOUR + 9, figures=ONE), Slot(hour=HOUR + 22, figures=ONE))))
    assert [line.key for line in report.by_hour] == ["9", "22"]
    assert report.by_weekday == (Line(key="5", figures=ONE + ONE),)
    assert report.by_day == (Line(key="2026-11-21", figures=ONE + ONE),)
    assert report.by_month == (Line(key="2026-11", figures=ONE + ONE),)


def test_provisional_records_count_in_the_total_and_are_told_apart() -> None:
    report = compose(DAY, Read(cells=(cell(), cell(provisional=True, terminal_id="t-2"))))
    assert (report.total.records, report.provisional) == (2, 1)
    assert [line.key for line in report.by_booth] == ["t-1", "t-2"]


def test_what_is_from_paper_is_in_no_sum_of_talk_but_is_one_of_all_sessions() -> None:
    paper = (
        Paper(outcome="no_show", count=1, promised_s=600),
        Paper(outcome="served", count=2, promised_s=1200, talk_s=900),
        Paper(outcome="served", count=1, promised_s=600, talk_s=600),
        Paper(outcome="odd", count=1),
    )
    report = compose(DAY, Read(cells=(cell(),), paper=paper))
    assert report.total == ONE
    assert report.paper == (
        Paper(outcome="served", count=3, promised_s=1800, talk_s=1500),
        Paper(outcome="no_show", count=1, promised_s=600),
        Paper(outcome="odd", count=1),
    )
    assert (report.on_paper, report.sessions) == (5, 6)


def test_sessions_without_a_record_are_to_come_or_not_held_by_why() -> None:
    missed = (
        Missed(state="planned", why="", count=2),
        Missed(state="open", why="", count=1),
        Missed(state="ended", why="no_show", count=3),
        Missed(state="cancelled", why="", count=1),
    )
    report = compose(DAY, Read(missed=missed))
    assert report.not_held == {"cancelled": 1, "no_show": 3}
    assert (report.missed, report.to_come, report.sessions, report.is_empty) == (4, 3, 7, False)


def test_deeds_are_gathered_by_officer() -> None:
    deeds = (
        Deed(officer="tono", kind="listen", count=1),
        Deed(officer="sari", kind="admission", count=2),
        Deed(officer="sari", kind="admission", count=1),
    )
    report = compose(DAY, Read(deeds=deeds))
    nothing = {"admission": 0, "extension": 0, "early_end": 0, "listen": 0}
    assert report.officers == (
        Officer(name="sari", deeds=nothing | {"admission": 3}),
        Officer(name="tono", deeds=nothing | {"listen": 1}),
    )
    assert not report.is_empty


def test_what_was_read_in_parts_is_one_and_complete_only_if_each_part_is() -> None:
    whole = Read(cells=(cell(),)) + Read(cells=(cell(),), complete=False)
    report = compose(DAY, whole)
    assert (report.total.records, report.complete) == (2, False)


def test_officers_are_in_the_tables_only_where_they_are_wanted() -> None:
    report = compose(DAY, Read(cells=(cell(),), deeds=(Deed(officer="sari", kind="listen", count=4),)))
    without, with_them = tables(report, with_officers=False), tables(report, with_officers=True)
    assert [each.name for each in with_them if each not in without] == ["by_officer"]
    assert [entry.numbers for entry in with_them[-1].entries] == [(0, 0, 0, 4)]
    assert [entry.key for entry in without[0].entries] == ["total"]
