"""The command line of bilik-install: makes this PC a locked booth, checks it, undoes it, and frees it when nothing else does."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from installer.asking import Asker
from installer.linux.booth import Booth, Planned, kept_language, sources_here
from installer.linux.doctor import DOCTOR, doctor_words
from installer.linux.packages import DebianPackages
from installer.linux.report import write_report
from installer.linux.system import LinuxSystem
from installer.ports import AnswersWrong, InstallError, SystemRefused
from installer.rescue import rescue
from installer.steps import Step
from installer.typed import (
    given_by,
    install_parser,
    language_parser,
    rescue_parser,
    uninstall_parser,
    upgrade_parser,
    verify_parser,
)
from installer.upgrade import Upgrade
from installer.words import choose, say, speak, spoken
from protocol.release import UpgradeEnd

DRIFT = 1
FAILED = 1
WRONG = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    speak(_language(typed))
    if sys.platform == "win32":
        return _on_windows(typed)
    commands = {"verify": _verify, "uninstall": _uninstall, "rescue": _rescue, "upgrade": _upgrade}
    return _said(lambda: commands[typed[0]](typed[1:]) if typed and typed[0] in commands else _install(typed))


def _language(typed: list[str]) -> str:
    asked = language_parser().parse_known_args(typed)[0].language
    if sys.platform == "win32":
        return asked or "en"
    try:
        kept = kept_language(LinuxSystem())
    except SystemRefused:  # not the administrator: that is said in a moment
        kept = None
    try:
        return choose(asked, kept, input if sys.stdin.isatty() and "--yes" not in typed else None)
    except (EOFError, KeyboardInterrupt):
        return "id"


def _said(act: Callable[[], int]) -> int:
    """What it returns; an error is said in one line and is an exit code."""
    try:
        return act()
    except AnswersWrong as error:
        print(f"bilik-install: {error}", file=sys.stderr)
        return WRONG
    except InstallError as error:
        print(f"bilik-install: {error}", file=sys.stderr)
        return FAILED
    except (EOFError, KeyboardInterrupt):
        print("bilik-install: " + say("stopped before anything else was done"), file=sys.stderr)
        return FAILED


if sys.platform == "win32":
    from installer.windows import commands as windows

    def _on_windows(typed: list[str]) -> int:
        if typed[:1] == ["verify"]:
            told = verify_parser().parse_args(typed[1:])
            return _said(lambda: windows.verify(told.report, say=_say, quiet=told.quiet))
        if typed[:1] == ["uninstall"]:
            agreed = uninstall_parser().parse_args(typed[1:]).yes
            return _said(lambda: windows.uninstall(say=_say, yes=agreed))
        if typed[:1] == ["rescue"]:
            return _said(lambda: windows.rescue(say=_say))
        options = install_parser().parse_args(typed)
        return _said(lambda: windows.install(given_by(options), say=_say, yes=options.yes, dry_run=options.dry_run))

    def _say(line: str) -> None:
        print(line, flush=True)


# ---- install ------------------------------------------------------------------------------------------------------


def _install(typed: list[str]) -> int:
    options = install_parser().parse_args(typed)
    _be_administrator()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the console we run from may be one of those that go
    given = given_by(options)
    booth = Booth(LinuxSystem(), sources_here(spared=_own_terminal()))
    if sys.stdin.isatty():
        asker = Asker(say=print)
        has_pin = LinuxSystem().read("/var/lib/bilik/technician_pin") is not None
        given = asker.complete(given, booth.kept(), is_enrolled=booth.is_enrolled, has_pin=has_pin)
    planned = booth.plan(given)
    _print_plan(planned)
    if options.dry_run or not planned.todo:
        return 0
    if not options.yes and not (sys.stdin.isatty() and Asker(say=print).yes(say("Do this now? [y/N] "))):
        print(say("nothing was done; say --yes where nobody can answer"))
        return FAILED
    done = booth.install(planned, spoken(), lambda words: print(f"  {words}", flush=True))
    print(say("{done} steps are done.", done=done))
    booth.wait_for_screen(threading.Event().wait)
    print(doctor_words((*DOCTOR[:-1], spoken()), asks=sys.stdin.isatty() and not options.yes))
    return _print_state(booth)


def _print_plan(planned: Planned) -> None:
    """By what the steps are for, in the order they are done."""
    if not planned.todo:
        print(say("Everything is set up already."))
        return
    print(say("This PC will be made a locked booth:"))
    groups: dict[str, list[Step]] = {}
    for step in planned.todo:
        groups.setdefault(step.why, []).append(step)
    for why, steps in groups.items():
        print(f"- {say(why)}")
        for step in steps:
            print(f"    {step.words}")


def _own_terminal() -> frozenset[str]:
    """The logins that must not be stopped under the technician's hands."""
    if not sys.stdin.isatty():
        return frozenset()
    own = f"getty@{Path(os.ttyname(0)).name}.service"
    graphical = "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return frozenset({own, "console-getty.service", *(("display-manager.service",) if graphical else ())})


# ---- the other commands -------------------------------------------------------------------------------------------


def _verify(typed: list[str]) -> int:
    options = verify_parser().parse_args(typed)
    _be_administrator()
    booth = Booth(LinuxSystem(), sources_here())
    found = booth.verify()
    if options.report is not None:
        write_report(LinuxSystem(), options.report, found)
    if not found and not options.quiet:
        print(say("The lock-down holds."))
    for one in found:
        print(f"- {say(one.why)}: {one.what}")
    return DRIFT if found else 0


def _print_state(booth: Booth) -> int:
    found = booth.verify()
    print(
        say("All holds. Restart the PC once, and look that the booth comes up by itself: systemctl reboot")
        if not found
        else say("Not all holds:")
    )
    for one in found:
        print(f"- {say(one.why)}: {one.what}")
    return DRIFT if found else 0


def _uninstall(typed: list[str]) -> int:
    options = uninstall_parser().parse_args(typed)
    _be_administrator()
    booth = Booth(LinuxSystem(), sources_here())
    print(say("This PC will be given back as it was. What the agent has kept is removed."))
    if booth.unsent():
        print(
            say("NOT YET AT CENTRAL: {count} reports. Connect the PC and wait, or they are lost.", count=booth.unsent())
        )
    if not options.yes and not (sys.stdin.isatty() and Asker(say=print).yes(say("Do this now? [y/N] "))):
        print(say("nothing was done; say --yes where nobody can answer"))
        return FAILED
    failures = booth.uninstall(lambda words: print("  " + say("take back: {words}", words=words), flush=True))
    for failure in failures:
        print(say("NOT taken back: {words}: {why}", words=failure.words, why=failure.why))
    if failures:
        print(say("The rest is as it was. Mend this and run `bilik-install uninstall` again."))
        return FAILED
    print(say("The PC is as it was. `apt remove bilik-agent bilik-engine` removes the programs; restart the PC once."))
    return 0


def _rescue(typed: list[str]) -> int:
    options = rescue_parser().parse_args(typed)
    _be_administrator()
    return rescue(options.root, print, say)


def _upgrade(typed: list[str]) -> int:
    options = upgrade_parser().parse_args(typed)
    _be_administrator()
    system = LinuxSystem()
    outcome = Upgrade(system, DebianPackages(system), threading.Event().wait, serves_within_s=options.within).run()
    if outcome is None:
        return 0
    print(f"release {outcome.version}: {outcome.end}" + (f" ({outcome.why})" if outcome.why else ""))
    return 0 if outcome.end in (UpgradeEnd.DONE, UpgradeEnd.IN_CALL) else FAILED


def _be_administrator() -> None:
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        raise InstallError(say("this needs the administrator: run it with sudo"))


if __name__ == "__main__":
    sys.exit(main())
