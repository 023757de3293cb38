"""`python -m tests.chaos [--seed N] [--minutes M]`: break everything, then check what must hold; exit 1 if any of it does not."""

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from tests.chaos.accounts import Held, accounts_of
from tests.chaos.breaker import Breaker
from tests.chaos.day import Day
from tests.chaos.judge import Verdict, judged, strange_views
from tests.chaos.network import can_have_namespaces
from tests.chaos.schedule import drawn
from tests.chaos.site import Site, remove
from tests.demo.story import Story
from tests.stage.stage import OUT, Stage
from tests.stage.waiting import NotSo, boot_s, wait_for

LAST_SESSION_S = 150.0
RECORDS_S = 60.0


def main() -> int:
    """Run it; 0 if every invariant holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="draws the same faults again")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--out", type=Path, default=OUT / "chaos.json")
    parser.add_argument("--no-window", action="store_true", help="only the terminal with a made-up page")
    parser.add_argument("--no-network", action="store_true", help="as without root: no networks and disks of their own")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    run = Run(seed, options.minutes, options.out, window=not options.no_window, network=not options.no_network)
    try:
        return run.go()
    except KeyboardInterrupt:
        print("stopped; every process and network of the run has been taken away", flush=True)
        return 130


class Run:
    """One run from the first process to the last check."""

    def __init__(self, seed: int, minutes: float, out: Path, *, window: bool, network: bool) -> None:
        self.seed = seed
        self.seconds = minutes * 60
        self.out = out
        self.logs = out.with_suffix("") / "logs"
        self._window = window
        self._network = network
        self._story = Story()
        self._loads: list[float] = []
        self._telling = threading.Lock()

    def tell(self, words: str) -> None:
        """One line, from any thread."""
        with self._telling:
            self._story.tell(words)

    def go(self) -> int:
        """Run, judge, write; the exit code."""
        remove(self.logs)
        namespaces = self._network and can_have_namespaces()
        self.tell(f"seed {self.seed}, {self.seconds / 60:g} min; SEED={self.seed} draws the same faults again")
        if not namespaces:
            self.tell("without network namespaces (they need root) the faults of network and disk are left out,")
            self.tell("and talk is counted in packets at the made-up booth alone")
        with Stage("chaos", keep=self.logs) as stage:
            site = Site(stage, namespaces=namespaces, window=self._window)
            self.tell(f"central and {len(site.places)} terminals are up")
            breaker = Breaker(site, self.tell, namespaces=namespaces)
            days = {name: Day(site, place, self.seed, self.tell) for name, place in site.places.items()}
            try:
                verdict = self._pass(site, breaker, days)
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):  # a second one would leave half of it behind
                    signal.signal(number, signal.SIG_IGN)
                breaker.stop()
                for day in days.values():
                    day.close()
                site.forget_clocks()
        return self._finish(verdict)

    def _pass(self, site: Site, breaker: Breaker, days: dict[str, Day]) -> Verdict:
        for day in days.values():
            day.start()
        began_s = boot_s()
        threading.Thread(target=self._follow_load, name="load", daemon=True).start()
        breaker.run(drawn(self.seed, self.seconds), lambda name: days[name].talk_s)
        wait_for(lambda: boot_s() >= began_s + self.seconds, within_s=self.seconds + 60, what="the end", every_s=0.2)
        for day in days.values():
            day.close()
        breaker.stop()
        self.tell("every fault is mended; the last sessions go to their end")
        findings = [
            f"{name}: its last session did not end" for name, day in days.items() if not day.wait(LAST_SESSION_S)
        ]
        self._wait_for_records(site, days)
        return self._verdict(site, breaker, days, findings)

    def _wait_for_records(self, site: Site, days: dict[str, Day]) -> None:
        """Until every session that reached check-in has its record, or time is up, which the verdict tells."""

        def all_there() -> bool:
            held = Held(site.central)
            called = [
                one.called.id
                for name, day in days.items()
                for one in day.planned
                if one.called.id in site.places[name].watch.checked_in
            ]
            return all(session in held.records for session in called)

        try:
            wait_for(all_there, within_s=RECORDS_S, what="the last records", every_s=0.5)
        except NotSo as late:
            self.tell(str(late))

    def _verdict(self, site: Site, breaker: Breaker, days: dict[str, Day], findings: list[str]) -> Verdict:
        held, over_s = Held(site.central), boot_s()
        accounts = [
            one
            for name, place in site.places.items()
            for one in accounts_of(held, place, days[name].planned, breaker.done, over_s)
        ]
        verdict = judged(accounts)
        views = {name: place.booth.views() for name, place in site.places.items()}
        findings += [*strange_views(accounts, views), *breaker.findings]
        for name, place in site.places.items():
            findings += days[name].findings
            findings += [
                f"{name}: {said.event} at line {said.line} of {place.machine.agent_log_name}"
                for said in place.watch.troubles
            ]
            findings += [
                f"{name}: {who} ended by itself with {code} at {at_s:.1f} s" for at_s, who, code in place.machine.exits
            ]
        faults = Counter(one.fault.kind for one in breaker.done)
        more: dict[str, Any] = {
            "seed": self.seed,
            "minutes": self.seconds / 60,
            "faults": sum(faults.values()),
            "faults_by_kind": dict(sorted(faults.items())),
            "left_out": dict(breaker.skipped),
            "load_average": {
                "mean": round(sum(self._loads) / max(1, len(self._loads)), 2),
                "max": max(self._loads, default=0),
            },
        }
        return Verdict({**more, **verdict.figures}, [*verdict.wrong, *findings])

    def _follow_load(self) -> None:
        never = threading.Event()
        for _ in range(int(self.seconds / 5)):
            self._loads.append(os.getloadavg()[0])
            never.wait(5)

    def _finish(self, verdict: Verdict) -> int:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        told = {**verdict.figures, "findings": verdict.wrong, "logs": self.logs.name}
        self.out.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        figures = verdict.figures
        words = (
            "sessions",
            "faults",
            "usage_lost",
            "usage_duplicated",
            "overruns",
            "max_overrun_ms",
            "talk_given_share",
        )
        self.tell(", ".join(f"{word} {figures[word]}" for word in words))
        for one in verdict.wrong:
            self.tell(f"NOT SO: {one}")
        self.tell(f"{self.out}; the logs of all processes are in {self.logs}")
        return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
