"""`python -m tests.demo [--hold]`: run the story; exit 1 if any of it is not so."""

import argparse
import contextlib
import shutil
import signal
import sys
import traceback

from playwright.sync_api import Error as PlaywrightError

from tests.demo.story import Story
from tests.demo.summary import judge, save, sum_up
from tests.demo.visit import Visit
from tests.stage.stage import OUT, Stage
from tests.stage.waiting import NotSo, pause

FOLDER = OUT / "demo"


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--hold", action="store_true", help="keep everything running after the story until Ctrl+C")
    hold = parser.parse_args().hold
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    story = Story()
    try:
        with Stage("demo", keep=FOLDER / "logs") as stage:
            run(stage, story, hold=hold)
    except (NotSo, RuntimeError, OSError, PlaywrightError) as failed:
        traceback.print_exc()
        story.check(is_so=False, what=f"the story went on; {type(failed).__name__}: {failed}")
    return verdict(story)


def run(stage: Stage, story: Story, *, hold: bool) -> None:
    """All chapters, then the summary."""
    visit = Visit(stage, story, FOLDER)
    for chapter in (visit.set_up, visit.open_kiosk, visit.import_day, visit.check_in, visit.admit, visit.extend):
        chapter()
    for chapter in (visit.cut, visit.warn, visit.close):
        chapter()
    summary = sum_up(visit)
    judge(story, summary, visit.facts, visit.facts.usage())
    save(summary, visit.central.database, FOLDER)
    if hold:
        print("\nHeld, until Ctrl+C:", *visit.addresses(), sep="\n  ", flush=True)
        wait_for_interrupt()


def wait_for_interrupt() -> None:
    """Return at Ctrl+C or SIGTERM; looks now and then, since a signal may reach another thread than this one."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            pause(0.5)


def verdict(story: Story) -> int:
    """The last lines, and the exit code."""
    if story.wrong:
        print(f"\nThe demo failed: {len(story.wrong)} of its facts are not so.", *story.wrong, sep="\n  - ")
        print(f"Logs of all processes are in {FOLDER / 'logs'}.")
        return 1
    print(f"\nAll of it is so. Summary, pictures and the SQLite file are in {FOLDER}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
