"""What has to be so at the end of a day: everybody served or told, and the figures that people get are the records."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.day.day import NO_SHOW, REFUSED, WEDDING, Day
from tests.day.told import pages_say

TOLD = ("absent", "refused", "postponed")
TOLD_BY_OFFICER = "select detail from audit where act = 'registration_told'"


def judge(day: Day) -> dict[str, Any]:
    """Check it all with the story; the summary."""
    families = _families(day)
    story = day.story
    for number, became in sorted(families.items()):
        story.check(is_so=became != "?", what=f"number {number:03} was {became}")
    story.check(is_so=families[NO_SHOW] == "absent, told", what="the family that did not answer is told so")
    story.check(is_so=families[REFUSED] == "refused, told", what="the refused family is told why")
    _wedding(day)
    pages_say(day, families)
    told = Counter(json.loads(row["detail"])["kind"] for row in day.central.rows(TOLD_BY_OFFICER))
    story.check(is_so=told["moved"] > 0, what=f"the officer sent {sum(told.values())} messages: {json.dumps(told)}")
    wrong = day.central.rows("select body from events where body like '%JDW-1%'")
    story.check(is_so=not wrong, what="every booth took the plan as it was")
    make_ups = day.central.rows("select make_up_of from registrations where make_up_of is not null")
    story.check(
        is_so=len(make_ups) >= 2, what=f"{len(make_ups)} broken calls have a make-up turn, the dead booth's among them"
    )
    figures = _figures(day)
    return {
        "families": {str(number): became for number, became in sorted(families.items())},
        "make_ups": len(make_ups),
        "walk_in_s": round(day.walk_in_s, 1),
        "usage": figures,
        "ends": dict(Counter(row["end_reason"] for row in day.central.rows("select end_reason from usage"))),
    }


def _families(day: Day) -> dict[int, str]:
    """What became of each number: served, or told what. A turn that was broken by us counts by the one that makes up for it."""
    rows = day.central.rows(
        "select r.*, u.end_reason, u.body as usage from registrations r left join usage u on u.session_id = r.session_id"
    )
    after = {row["make_up_of"]: row["number"] for row in rows if row["make_up_of"]}
    return {row["number"]: _became(row, after.get(row["id"])) for row in rows}


def _became(row: dict[str, Any], after: int | None) -> str:
    delivered = json.loads(row["usage"])["talk_delivered_ms"] if row["usage"] else 0
    if after is not None:
        return f"broken by us, made up by {after:03}"
    if row["state"] in TOLD:
        return f"{row['state']}, told" if row["to_tell"] is None else "?"
    if row["state"] == "approved" and delivered > 0:
        return f"served {delivered / 1000:.0f} s ({row['end_reason']})"
    return "?"


def _wedding(day: Day) -> None:
    rows = day.central.rows(
        "select s.talk_s, r.exempt_by, r.exempt_reason from registrations r join sessions s on s.id = r.session_id "
        "where r.number = ?",
        WEDDING,
    )
    row = rows[0] if rows else {}
    is_so = (row.get("talk_s"), row.get("exempt_by"), row.get("exempt_reason")) == (60, "siti", "wali nikah")
    day.story.check(is_so=is_so, what="the wedding had its 60 s by name and reason")


def _figures(day: Day) -> dict[str, int]:
    """The records as booths sent them, as central holds them, and as the export says: the same sums."""
    sent = [
        json.loads(row["body"])["usage"] for row in day.central.rows("select body from events where kind = 'usage'")
    ]
    own = {record["session_id"]: record for record in sent}
    held = [json.loads(row["body"]) for row in day.central.rows("select body from usage")]
    file = day.out / "usage.csv"
    day.central.command("usage", "export", str(file))
    exported = _exported(file)
    sums = [_sums(own.values()), _sums(held), _sums(exported)]
    report = _report(day)
    day.story.check(
        is_so=report == {**sums[1], "records": len(held)}, what=f"the page's report says the same: {json.dumps(report)}"
    )
    day.story.check(
        is_so=len(own) == len(held) == len(exported),
        what=f"{len(held)} visits have one usage record each, and each is exported",
    )
    day.story.check(
        is_so=sums[0] == sums[1] == sums[2], what=f"promised and delivered add up to the same in all three: {sums[1]}"
    )
    return sums[1]


def _report(day: Day) -> dict[str, int]:
    """The line of totals in the file that the reports' page gives."""
    asked = {"facility": day.facility, "from": day.day, "to": day.day}
    text = day.desk.request.get(f"{day.central.url}/reports/laporan.csv", params=asked).text()
    total = next((row for row in csv.DictReader(text.lstrip("\ufeff").splitlines()) if row["table"] == "total"), {})
    named = {"promised_s": "talk_promised_s", "extended_s": "talk_extended_s", "delivered_ms": "talk_delivered_ms"}
    found = {long: int(total.get(short) or 0) for short, long in named.items()}
    return found | {
        "interrupted_ms": int(total.get("interrupted_ms") or 0),
        "records": int(total.get("records") or 0),
    }


def _exported(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _sums(records: Any) -> dict[str, int]:
    every = list(records)
    fields = ("talk_promised_s", "talk_extended_s", "talk_delivered_ms", "interrupted_ms")
    return {field: sum(int(record[field]) for record in every) for field in fields}
