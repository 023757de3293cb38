"""The command line of bilik-install: makes this PC a locked booth, checks it, undoes it, and frees it when nothing else does."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from installer.answers import Given, merge, read_file
from installer.asking import Asker
from installer.linux.booth import Booth, Planned, sources_here
from installer.linux.doctor import doctor_words
from installer.linux.packages import DebianPackages
from installer.linux.report import write_report
from installer.linux.system import LinuxSystem
from installer.ports import AnswersWrong, InstallError
from installer.rescue import rescue
from installer.steps import Step
from installer.upgrade import SERVES_WITHIN_S, Upgrade
from protocol.release import UpgradeEnd

DRIFT = 1
FAILED = 1
WRONG = 2

ABOUT = """\
Makes this PC a locked booth of Bilik. Run it as administrator, from a console or over ssh.

What is asked, unless a flag or the answer file says it:
  the enrolment string that `bilik-central terminal add` printed
  the relay for calls (HOST:PORT; central's own host at 3478)
  may calls go straight to the family's phone, past the relay?
  are meeting links (Google Meet, Zoom, Jitsi) used here?
  the technician's PIN of this booth (8 to 16 digits)
What is printed: every step that will be done, by what it is for; each again when it is done; at the end whether all holds.
Nothing is done before you say yes. What there was is written to /var/lib/bilik-install before each step.

commands, each with --help of its own:
  bilik-install verify      says in words what is not as it was set up (exit 1 if anything)
  bilik-install uninstall   gives the PC back as it was; the package stays until `apt remove bilik-agent`
  bilik-install rescue      from any console or boot medium: lets people log in again when nothing else helps

On Windows: the same, in bilik-install.cmd from a Command Prompt run as administrator. The lock is chosen by edition and shown first;
what there was is in C:\\ProgramData\\Bilik-install; its rescue\\rescue.cmd works from a recovery console, without any program of ours.

An answer file is TOML, with any of these keys:
  enrolment = "https://central.example.org#ABCD-EFGH"
  pin = "27182818"
  turn = ["relay.example.org:3478"]
  direct_calls = false
  meetings = false
  ssh_from = ["192.168.10.0/24"]      networks that may log in by ssh; empty: none
  page_port = 47180                   loopback port of the kiosk's page
  ca_file = "/etc/bilik/ca.pem"       private authority of central's certificate
  agent_account = "bilik-agent"
  kiosk_account = "bilik-kiosk"
It holds secrets: give it the mode 0600, and remove it afterwards. --enrolment - reads the string from standard input;
as an argument everybody on this PC can read it while this runs, and it is good for one use.

Exit 0: all holds; 1: something failed or does not hold, said in words; 2: an answer cannot be used.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    if sys.platform == "win32":
        return _on_windows(typed)
    commands = {"verify": _verify, "uninstall": _uninstall, "rescue": _rescue, "upgrade": _upgrade}
    return _said(lambda: commands[typed[0]](typed[1:]) if typed and typed[0] in commands else _install(typed))


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
        print("bilik-install: stopped before anything else was done", file=sys.stderr)
        return FAILED


if sys.platform == "win32":
    from installer.windows import commands as windows

    def _on_windows(typed: list[str]) -> int:
        if typed[:1] == ["verify"]:
            told = _verify_parser().parse_args(typed[1:])
            return _said(lambda: windows.verify(told.report, say=_say, quiet=told.quiet))
        if typed[:1] == ["uninstall"]:
            agreed = _uninstall_parser().parse_args(typed[1:]).yes
            return _said(lambda: windows.uninstall(say=_say, yes=agreed))
        if typed[:1] == ["rescue"]:
            return _said(lambda: windows.rescue(say=_say))
        options = _install_parser().parse_args(typed)
        return _said(lambda: windows.install(_given(options), say=_say, yes=options.yes, dry_run=options.dry_run))

    def _say(line: str) -> None:
        print(line, flush=True)


# ---- install ------------------------------------------------------------------------------------------------------


def _install(typed: list[str]) -> int:
    options = _install_parser().parse_args(typed)
    _be_administrator()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the console we run from may be one of those that go
    given = _given(options)
    booth = Booth(LinuxSystem(), sources_here(spared=_own_terminal()))
    if sys.stdin.isatty():
        asker = Asker(say=print)
        has_pin = LinuxSystem().read("/var/lib/bilik/technician_pin") is not None
        given = asker.complete(given, booth.kept(), is_enrolled=booth.is_enrolled, has_pin=has_pin)
    planned = booth.plan(given)
    _print_plan(planned)
    if options.dry_run or not planned.todo:
        return 0
    if not options.yes and not (sys.stdin.isatty() and Asker(say=print).yes("Do this now? [y/N] ")):
        print("nothing was done; say --yes where nobody can answer")
        return FAILED
    done = booth.install(planned, lambda words: print(f"  {words}", flush=True))
    print(f"{done} steps are done.")
    print(doctor_words())
    return _print_state(booth)


def _install_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bilik-install", epilog=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--enrolment", metavar="STRING", help="what `bilik-central terminal add` printed; -: from stdin"
    )
    parser.add_argument("--answers", metavar="FILE", type=Path, help="an answer file; flags come before it")
    parser.add_argument("--turn", metavar="HOST:PORT", action="append", help="a relay for calls; may be repeated")
    parser.add_argument("--direct-calls", action=argparse.BooleanOptionalAction, help="calls past the relay")
    parser.add_argument("--meetings", action=argparse.BooleanOptionalAction, help="meeting links are used here")
    parser.add_argument("--ssh-from", metavar="NETWORK", action="append", help="who may log in by ssh; may be repeated")
    parser.add_argument("--pin-file", metavar="FILE", type=Path, help="a file with the technician's PIN")
    parser.add_argument("--ca-file", metavar="FILE", help="private authority of central's certificate (PEM)")
    parser.add_argument("--page-port", metavar="PORT", type=int, help="loopback port of the kiosk's page")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
    return parser


def _given(options: argparse.Namespace) -> Given:
    names = ("enrolment", "turn", "direct_calls", "meetings", "ssh_from", "ca_file", "page_port")
    flags = Given(**{name: getattr(options, name) for name in names})
    if flags.enrolment == "-":
        flags.enrolment = sys.stdin.readline().strip()
    if options.pin_file is not None:
        try:
            flags.pin = options.pin_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise AnswersWrong(f"{options.pin_file} cannot be read ({error.strerror})") from error
    return flags if options.answers is None else merge(flags, read_file(options.answers))


def _print_plan(planned: Planned) -> None:
    """By what the steps are for, in the order they are done."""
    if not planned.todo:
        print("Everything is set up already.")
        return
    print("This PC will be made a locked booth:")
    groups: dict[str, list[Step]] = {}
    for step in planned.todo:
        groups.setdefault(step.why, []).append(step)
    for why, steps in groups.items():
        print(f"- {why}")
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


def _verify_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bilik-install verify", description="Say what is not as it was set up.")
    parser.add_argument("--report", metavar="FILE", help="also leave it there for the agent, which shows it as KUN-2")
    parser.add_argument("--quiet", action="store_true", help="say nothing when all holds")
    return parser


def _verify(typed: list[str]) -> int:
    options = _verify_parser().parse_args(typed)
    _be_administrator()
    booth = Booth(LinuxSystem(), sources_here())
    found = booth.verify()
    if options.report is not None:
        write_report(LinuxSystem(), options.report, found)
    if not found and not options.quiet:
        print("The lock-down holds.")
    for one in found:
        print(f"- {one.why}: {one.what}")
    return DRIFT if found else 0


def _print_state(booth: Booth) -> int:
    found = booth.verify()
    print(
        "All holds. Restart the PC once, and look that the booth comes up by itself: systemctl reboot"
        if not found
        else "Not all holds:"
    )
    for one in found:
        print(f"- {one.why}: {one.what}")
    return DRIFT if found else 0


def _uninstall_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bilik-install uninstall", description="Give this PC back as it was before bilik-install."
    )
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    return parser


def _uninstall(typed: list[str]) -> int:
    options = _uninstall_parser().parse_args(typed)
    _be_administrator()
    booth = Booth(LinuxSystem(), sources_here())
    print("This PC will be given back as it was. What the agent has kept is removed.")
    if booth.unsent():
        print(f"NOT YET AT CENTRAL: {booth.unsent()} reports. Connect the PC and wait, or they are lost.")
    if not options.yes and not (sys.stdin.isatty() and Asker(say=print).yes("Do this now? [y/N] ")):
        print("nothing was done; say --yes where nobody can answer")
        return FAILED
    failures = booth.uninstall(lambda words: print(f"  take back: {words}", flush=True))
    for failure in failures:
        print(f"NOT taken back: {failure.words}: {failure.why}")
    if failures:
        print("The rest is as it was. Mend this and run `bilik-install uninstall` again.")
        return FAILED
    print("The PC is as it was. `apt remove bilik-agent bilik-engine` removes the programs; restart the PC once.")
    return 0


def _rescue(typed: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bilik-install rescue",
        description="Let people log in again when the booth is locked and nothing else helps: no kiosk at the next boot, logins on the "
        "screen, no firewall. Needs no network, no systemd and no undo list.",
    )
    parser.add_argument(
        "--root", metavar="DIRECTORY", type=Path, default=Path("/"), help="where the PC's disk is mounted"
    )
    options = parser.parse_args(typed)
    _be_administrator()
    return rescue(options.root, print)


def _upgrade(typed: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bilik-install upgrade",
        description="Install the signed release that the agent has fetched, and go back to the version before unless central hears "
        "the new one. Started by bilik-upgrade.path, and at boot to finish what a power cut has cut off.",
    )
    parser.add_argument(
        "--within", metavar="SECONDS", type=float, default=SERVES_WITHIN_S, help="until it must be heard"
    )
    options = parser.parse_args(typed)
    _be_administrator()
    system = LinuxSystem()
    outcome = Upgrade(system, DebianPackages(system), threading.Event().wait, serves_within_s=options.within).run()
    if outcome is None:
        return 0
    print(f"release {outcome.version}: {outcome.end}" + (f" ({outcome.why})" if outcome.why else ""))
    return 0 if outcome.end in (UpgradeEnd.DONE, UpgradeEnd.IN_CALL) else FAILED


def _be_administrator() -> None:
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        raise InstallError("this needs the administrator: run it with sudo")


if __name__ == "__main__":
    sys.exit(main())
