"""What a technician types, and what the PC keeps of it besides the device token."""

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from agent.ports import AgentError
from protocol.terminal import TerminalSettings

FILE_NAME = "enrolment.json"
FORM = re.compile(r"(?P<url>[!-\"$-~]{1,500})#(?P<code>[A-Za-z0-9-]{4,64})(?:~(?P<hash>[0-9a-fA-F]{64}))?")


class EnrolmentWrong(AgentError):
    """The enrolment string, or what is left of an enrolment, cannot be used."""


class EnrolmentString(msgspec.Struct, frozen=True, kw_only=True):
    """`URL#CODE` or `URL#CODE~SHA256` with the hash of a private authority's certificate (lower case hex)."""

    url: str
    code: str
    ca_sha256: str | None


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """Where this PC belongs, and the private authority to believe where there is one; the device token is elsewhere."""

    url: str
    terminal_id: str
    authority_pem: str | None
    settings: TerminalSettings


def parse(text: str) -> EnrolmentString:
    """Read what a technician typed; raises EnrolmentWrong without repeating the code."""
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise EnrolmentWrong(
            "the enrolment string has the wrong form: it is central's address, a #, and the code, "
            "as in https://central.example#ABCD-EFGH; copy it whole from `bilik-central terminal add`"
        )
    url = found["url"].rstrip("/")
    check_address(url)
    return EnrolmentString(url=url, code=found["code"], ca_sha256=found["hash"].lower() if found["hash"] else None)


def check_address(url: str) -> None:
    """Refuse an address that would send the device token in the clear; raises EnrolmentWrong."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port, (host or "").encode("idna")
    except ValueError as error:
        raise EnrolmentWrong("central's address in the enrolment string is not a web address") from error
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and host and is_loopback(host):
        return
    if parts.scheme == "http" and host:
        raise EnrolmentWrong(
            f"{host} is to be reached over plain http: that is allowed on this PC itself only; give central an https address"
        )
    raise EnrolmentWrong("central's address in the enrolment string must begin with https://")


def is_loopback(host: str) -> bool:
    """Whether that host is this PC itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(state_dir: Path) -> Enrolment | None:
    """The enrolment of this PC, or None; raises EnrolmentWrong if the file is damaged."""
    file = state_dir / FILE_NAME
    try:
        enrolment = msgspec.json.decode(file.read_bytes(), type=Enrolment)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise EnrolmentWrong(f"{file} cannot be read ({error}): enrol this PC again") from error
    check_address(enrolment.url)
    return enrolment


def save(state_dir: Path, enrolment: Enrolment) -> None:
    """Keep it, readable by the agent's account alone; raises EnrolmentWrong."""
    file = state_dir / FILE_NAME
    try:
        write_private(file, msgspec.json.encode(enrolment))
    except OSError as error:
        raise EnrolmentWrong(f"{file} cannot be written ({error.strerror}): run this as the agent's account") from error


def stamp(state_dir: Path) -> int | None:
    """A number that changes with every enrolment; None without one."""
    try:
        return (state_dir / FILE_NAME).stat().st_mtime_ns
    except OSError:
        return None


def forget(state_dir: Path) -> None:
    """This PC belongs nowhere any more."""
    (state_dir / FILE_NAME).unlink(missing_ok=True)


def write_private(file: Path, content: bytes) -> None:
    """Replace a file in one go; nobody else may read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        give_to_owner_of(file.parent, descriptor)
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


def give_to_owner_of(folder: Path, descriptor: int) -> None:
    """An administrator who enrols a PC writes for the agent's account, which owns the folder."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
