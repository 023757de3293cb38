"""What can be typed after `bilik-install`."""

import argparse
import sys
from functools import partial
from pathlib import Path

from installer.answers import Given, merge, read_file
from installer.ports import AnswersWrong
from installer.upgrade import SERVES_WITHIN_S
from installer.words import LANGUAGES, LOCALES, say, spoken

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


def about() -> str:
    """The long help."""
    return ABOUT if spoken() == "en" else (LOCALES / "about.id.txt").read_text(encoding="utf-8")


def language_parser() -> argparse.ArgumentParser:
    """What every command understands."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument(
        "--language", choices=LANGUAGES, help=say(say("Indonesian or English; what is chosen once is kept"))
    )
    return parser


def install_parser() -> argparse.ArgumentParser:
    """`bilik-install`."""
    parser = argparse.ArgumentParser(
        parents=[language_parser()],
        prog="bilik-install",
        epilog=about(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--enrolment", metavar="STRING", help=say("what `bilik-central terminal add` printed; -: from stdin")
    )
    parser.add_argument("--answers", metavar="FILE", type=Path, help=say("an answer file; flags come before it"))
    parser.add_argument("--turn", metavar="HOST:PORT", action="append", help=say("a relay for calls; may be repeated"))
    parser.add_argument("--direct-calls", action=argparse.BooleanOptionalAction, help=say("calls past the relay"))
    parser.add_argument("--meetings", action=argparse.BooleanOptionalAction, help=say("meeting links are used here"))
    parser.add_argument(
        "--ssh-from", metavar="NETWORK", action="append", help=say("who may log in by ssh; may be repeated")
    )
    parser.add_argument("--pin-file", metavar="FILE", type=Path, help=say("a file with the technician's PIN"))
    parser.add_argument("--ca-file", metavar="FILE", help=say("private authority of central's certificate (PEM)"))
    parser.add_argument("--page-port", metavar="PORT", type=int, help=say("loopback port of the kiosk's page"))
    parser.add_argument("--yes", action="store_true", help=say("do it without asking"))
    parser.add_argument("--dry-run", action="store_true", help=say("only print what would be done"))
    return parser


def given_by(options: argparse.Namespace) -> Given:
    """What was answered by flags and file; raises AnswersWrong."""
    names = ("enrolment", "turn", "direct_calls", "meetings", "ssh_from", "ca_file", "page_port")
    flags = Given(**{name: getattr(options, name) for name in names})
    if flags.enrolment == "-":
        read = partial(input, say("Enrolment string (from the office, whole): "))
        flags.enrolment = (read if sys.stdin.isatty() else sys.stdin.readline)().strip()
    if options.pin_file is not None:
        try:
            flags.pin = options.pin_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise AnswersWrong(
                say("{file} cannot be read ({why})", file=options.pin_file, why=error.strerror)
            ) from error
    return flags if options.answers is None else merge(flags, read_file(options.answers))


def verify_parser() -> argparse.ArgumentParser:
    """`bilik-install verify`."""
    parser = argparse.ArgumentParser(
        parents=[language_parser()], prog="bilik-install verify", description=say("Say what is not as it was set up.")
    )
    parser.add_argument(
        "--report", metavar="FILE", help=say("also leave it there for the agent, which shows it as KUN-2")
    )
    parser.add_argument("--quiet", action="store_true", help=say("say nothing when all holds"))
    return parser


def uninstall_parser() -> argparse.ArgumentParser:
    """`bilik-install uninstall`."""
    parser = argparse.ArgumentParser(
        parents=[language_parser()],
        prog="bilik-install uninstall",
        description=say("Give this PC back as it was before bilik-install."),
    )
    parser.add_argument("--yes", action="store_true", help=say("do it without asking"))
    return parser


def rescue_parser() -> argparse.ArgumentParser:
    """`bilik-install rescue`."""
    parser = argparse.ArgumentParser(
        parents=[language_parser()],
        prog="bilik-install rescue",
        description=say(
            "Let people log in again when the booth is locked and nothing else helps: no kiosk at the next boot, logins on the "
            "screen, no firewall. Needs no network, no systemd and no undo list."
        ),
    )
    parser.add_argument(
        "--root", metavar="DIRECTORY", type=Path, default=Path("/"), help=say("where the PC's disk is mounted")
    )
    return parser


def upgrade_parser() -> argparse.ArgumentParser:
    """`bilik-install upgrade`."""
    parser = argparse.ArgumentParser(
        parents=[language_parser()],
        prog="bilik-install upgrade",
        description=say(
            "Install the signed release that the agent has fetched, and go back to the version before unless central hears "
            "the new one. Started by bilik-upgrade.path, and at boot to finish what a power cut has cut off."
        ),
    )
    parser.add_argument(
        "--within", metavar="SECONDS", type=float, default=SERVES_WITHIN_S, help=say("until it must be heard")
    )
    return parser
