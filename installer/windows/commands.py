"""The commands of bilik-install on Windows; what a person reads goes to `say`."""

import sys

if sys.platform == "win32":
    import contextlib
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import msgspec

    from agent.adapters.clock import read_boot_s
    from installer.answers import Given
    from installer.asking import Asker
    from installer.linux.report import Report
    from installer.ports import InstallError, Node, NodeKind, SystemRefused
    from installer.steps import Drift
    from installer.windows.accounts import is_elevated
    from installer.windows.booth import Planned, WindowsBooth, kept_answers
    from installer.windows.pc import RealPc
    from installer.windows.plan import FOLDER, PcStep, Place

    DRIFT = FAILED = 1
    DEFAULT_KIOSK = "bilik-kiosk"
    AFTERWARDS = (
        "All holds. Restart the PC once, and look that the booth comes up by itself: shutdown /r /t 0",
        f"If it is ever locked and nothing helps: {FOLDER}\\rescue\\rescue.cmd, from a recovery console too (Shift+Restart).",
    )
    Say = Callable[[str], None]

    def install(given: Given, *, say: Say, yes: bool, dry_run: bool) -> int:
        """Ask for what is missing, show the plan, do it, say whether all holds; the exit code."""
        with _pc(given.kiosk_account, loads_hive=True) as pc:
            booth = WindowsBooth(pc, _place())
            if sys.stdin.isatty():
                asker = Asker(say=say)
                given = asker.complete(given, booth.kept(), is_enrolled=booth.is_enrolled, has_pin=booth.has_pin)
            planned = booth.plan(given)
            _say_plan(planned, say)
            if dry_run or not planned.todo:
                return 0
            if not yes and not _agreed(say):
                return FAILED
            done = booth.install(planned, lambda words: say(f"  {words}"))
            say(f"{done} steps are done.")
            found = booth.verify()
        for line in ("Not all holds:",) if found else AFTERWARDS:
            say(line)
        return _say_drifts(found, say)

    def verify(report: str | None, *, say: Say, quiet: bool) -> int:
        """Say what is not as it was set up; the exit code."""
        with _pc(None, loads_hive=False) as pc:
            found = WindowsBooth(pc, _place()).verify()
            if report is not None:
                told = Report(boot_s=read_boot_s(), drift=tuple(one.what for one in found))
                pc.write(report, Node(kind=NodeKind.FILE, content=msgspec.json.encode(told)))
        if not found and not quiet:
            say("The lock-down holds.")
        return _say_drifts(found, say)

    def uninstall(*, say: Say, yes: bool) -> int:
        """Give the PC back as it was; the exit code."""
        with _pc(None, loads_hive=True) as pc:
            say("This PC will be given back as it was. What the agent has kept is removed.")
            if not yes and not _agreed(say):
                return FAILED
            failures = WindowsBooth(pc, _place()).uninstall(lambda words: say(f"  take back: {words}"))
        for failure in failures:
            say(f"NOT taken back: {failure.words}: {failure.why}")
        if failures:
            say("The rest is as it was. Mend this and run `bilik-install uninstall` again.")
            return FAILED
        say("The PC is as it was. Remove Bilik in Settings, Apps; restart the PC once.")
        return 0

    def rescue(*, say: Say) -> int:
        """Where the rescue is; it needs no program of ours."""
        say(f"Run {FOLDER}\\rescue\\rescue.cmd as administrator; from a recovery console it finds the disk it lies on.")
        return 0

    @contextlib.contextmanager
    def _pc(kiosk: str | None, *, loads_hive: bool) -> Iterator[RealPc]:
        if not is_elevated():
            raise InstallError("this needs the administrator: right-click the Command Prompt, Run as administrator")
        kept = kept_answers(RealPc(DEFAULT_KIOSK, loads_hive=False))
        name = kiosk or (DEFAULT_KIOSK if kept is None else kept.kiosk_account)
        pc = RealPc(name, loads_hive=loads_hive)
        try:
            yield pc
        finally:
            if loads_hive:
                pc.close()

    def _place() -> Place:
        """The setup lays our modules in `agent` below its folder, beside `python`."""
        folder = Path(__file__).resolve().parents[3]
        if not (folder / "python" / "python.exe").exists():
            raise SystemRefused(f"{folder} holds no python\\python.exe: use the bilik-install of bilik-agent-setup.exe")
        return Place(programs=str(folder))

    def _agreed(say: Say) -> bool:
        if sys.stdin.isatty() and Asker(say=say).yes("Do this now? [y/N] "):
            return True
        say("nothing was done; say --yes where nobody can answer")
        return False

    def _say_plan(planned: Planned, say: Say) -> None:
        say(f"This is Windows {planned.edition}: it is locked by {planned.lock}.")
        if not planned.todo:
            say("Everything is set up already.")
            return
        say("This PC will be made a locked booth:")
        groups: dict[str, list[PcStep]] = {}
        for step in planned.todo:
            groups.setdefault(step.why, []).append(step)
        for why, steps in groups.items():
            say(f"- {why}")
            for step in steps:
                say(f"    {step.words}")

    def _say_drifts(found: list[Drift], say: Say) -> int:
        for one in found:
            say(f"- {one.why}: {one.what}")
        return DRIFT if found else 0
