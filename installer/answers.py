"""What a technician answers, by flags, from a file for many PCs, or when asked; and what of it is kept on the PC."""

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from installer.ports import AnswersWrong
from installer.words import say

DEFAULT_PORT = 47_180
TURN_PORT = 3478
HOST = re.compile(r"(?!-)[A-Za-z0-9.-]{1,253}(?<![-.])")
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class Place(msgspec.Struct, frozen=True):
    """A host, by name or number, and a port."""

    host: str
    port: int

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The host, if it is a number."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What decides how the PC is set up; without secrets, kept on the PC so that it can be checked later.

    `direct_calls`: calls may go straight to the family's phone; `meetings`: meeting links may be opened;
    `ssh_from`: networks that may log in.
    """

    central: Place
    turn: tuple[Place, ...]
    direct_calls: bool = False
    meetings: bool = False
    ssh_from: tuple[str, ...] = ()
    page_port: int = DEFAULT_PORT
    ca_file: str = ""
    agent_account: str = "bilik-agent"
    kiosk_account: str = "bilik-kiosk"
    group: str = "bilik"


class Given(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An answer file, or what flags said: everything may be missing. `enrolment` and `pin` are secrets and never kept."""

    enrolment: str | None = None
    pin: str | None = None
    turn: list[str] | None = None
    direct_calls: bool | None = None
    meetings: bool | None = None
    ssh_from: list[str] | None = None
    page_port: int | None = None
    ca_file: str | None = None
    agent_account: str | None = None
    kiosk_account: str | None = None


def read_file(file: Path) -> Given:
    """An answer file (TOML, the keys of Given); raises AnswersWrong."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Given)
    except OSError as error:
        raise AnswersWrong(say("{file} cannot be read ({why})", file=file, why=error.strerror)) from error
    except (ValueError, RecursionError) as error:
        raise AnswersWrong(
            say("{file}: {error}; the keys are {keys}", file=file, error=error, keys=", ".join(Given.__struct_fields__))
        ) from error


def merge(first: Given, second: Given) -> Given:
    """What the first says, and what the second says where the first is silent."""
    both = {
        name: getattr(second, name) if getattr(first, name) is None else getattr(first, name)
        for name in Given.__struct_fields__
    }
    return Given(**both)


def settle_answers(given: Given, kept: Answers | None) -> Answers:
    """The answers of this run: what is given, else what was kept from an earlier one, else the default; raises AnswersWrong."""
    central = central_of(given.enrolment) if given.enrolment else None if kept is None else kept.central
    if central is None:
        raise AnswersWrong(
            say("the enrolment string is missing: `bilik-central terminal add` prints it; give --enrolment")
        )
    old = kept or Answers(central=central, turn=(Place(central.host, TURN_PORT),))
    made: dict[str, Any] = {
        name: getattr(given, name)
        for name in ("direct_calls", "meetings", "page_port", "ca_file", "agent_account", "kiosk_account")
        if getattr(given, name) is not None
    }
    if given.turn is not None:
        made["turn"] = tuple(place(one, TURN_PORT) for one in given.turn)
    if given.ssh_from is not None:
        made["ssh_from"] = tuple(network(one) for one in given.ssh_from)
    return checked(msgspec.structs.replace(old, central=central, **made))


def checked(answers: Answers) -> Answers:
    """The same; raises AnswersWrong for what no PC can be set up with."""
    if not 1024 <= answers.page_port <= 65535:
        raise AnswersWrong(say("page_port is {page_port}; allowed is 1024 to 65535", page_port=answers.page_port))
    names = (answers.agent_account, answers.kiosk_account, answers.group)
    for name in names:
        if NAME.fullmatch(name) is None:
            raise AnswersWrong(say("{name!r} is no name for an account: small letters, digits and hyphens", name=name))
    if len(set(names)) < len(names):
        raise AnswersWrong(say("agent, kiosk and their group must have three different names"))
    if answers.ca_file and re.fullmatch(r"(?:[A-Za-z]:)?/[A-Za-z0-9._/-]+", answers.ca_file) is None:
        raise AnswersWrong(
            say("ca_file is {ca_file!r}; it must be a whole path of plain letters, from / on", ca_file=answers.ca_file)
        )
    return answers


def central_of(enrolment: str) -> Place:
    """Where central is, by the enrolment string; raises AnswersWrong without repeating its code."""
    address = enrolment.strip().partition("#")[0]
    try:
        parts = urlsplit(address)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        host = parts.hostname or ""
    except ValueError:
        host, port = "", 0
    if "#" not in enrolment or not host:
        raise AnswersWrong(
            say("the enrolment string has the wrong form: it is central's address, a #, and the code; copy it whole")
        )
    return place(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", port)


def place(text: str, port: int) -> Place:
    """`HOST` or `HOST:PORT`, an IPv6 number in brackets; raises AnswersWrong."""
    found = re.fullmatch(r"(?:\[(?P<six>[0-9A-Fa-f:]+)\]|(?P<host>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?", text.strip())
    host = "" if found is None else found["six"] or found["host"]
    number = port if found is None or not found["port"] else int(found["port"])
    if found is None or not 1 <= number <= 65535 or not (found["six"] or HOST.fullmatch(host)):
        raise AnswersWrong(
            say("{text!r} is no place: write HOST or HOST:PORT, as in relay.example.org:3478", text=text)
        )
    return Place(host.lower(), number)


def network(text: str) -> str:
    """A network or one address; raises AnswersWrong."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise AnswersWrong(say("{text!r} is no network: write it as 192.168.10.0/24", text=text)) from error
