"""`python -m tests.day`: a short day of one facility from registration to the last report; exit 1 if anything of it is not so."""

import json
import shutil
import sys
import traceback

from playwright.sync_api import Error as PlaywrightError

from tests.day.day import Day
from tests.day.judge import judge
from tests.day.shots import take
from tests.demo.story import Story
from tests.stage.stage import OUT, Stage
from tests.stage.waiting import NotSo

FOLDER = OUT / "day"


def main() -> int:
    """Run the day."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    story = Story()
    try:
        with Stage("day", keep=FOLDER / "logs") as stage:
            run(stage, story)
    except (NotSo, AssertionError, RuntimeError, OSError, PlaywrightError) as failed:
        traceback.print_exc()
        story.check(is_so=False, what=f"the day went on; {type(failed).__name__}: {failed}")
    if story.wrong:
        print(f"\nThe day failed: {len(story.wrong)} of its facts are not so.", *story.wrong, sep="\n  - ")
        return 1
    print(f"\nAll of it is so. Summary and pictures are in {FOLDER}.")
    return 0


def run(stage: Stage, story: Story) -> None:
    """All parts of the day, the figures, and the pictures."""
    day = Day(stage, story, FOLDER)
    for part in (day.set_up, day.open_doors, day.approve, day.run):
        part()
    story.tell(f"the officer sent the last {day.desk.tell_all()} messages")
    summary = judge(day)
    (FOLDER / "summary.json").write_text(json.dumps(summary, indent=2), encoding="utf-8")
    wrong = take(day.office.page, day.families[1], FOLDER, more=(f"/terminals/{day.dying.id}",))
    bad = {name: said for name, said in wrong.items() if said}
    story.check(
        is_so=not bad,
        what=f"{len(wrong)} pages are good to everybody in both languages{': ' + json.dumps(bad) if bad else ''}",
    )


if __name__ == "__main__":
    sys.exit(main())
