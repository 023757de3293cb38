"""Enrolment as a technician does it: a one-time code against a device token, kept before anything is said to be done."""

import hashlib
import platform
import socket
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.ports import AgentError, Central, CentralError, Credentials, Rejected, Untrusted
from agent.supervisor import enrolment
from agent.supervisor.enrolment import Enrolment, EnrolmentString, EnrolmentWrong
from protocol import PROTOCOL_VERSION
from protocol.terminal import EnrolmentAnswer, EnrolmentRequest, MachineFacts, TerminalSettings

Authority = Callable[[str, str | None], Awaitable[str | None]]

NOT_YET = TerminalSettings(terminal_name="", facility_name="")
REFUSALS = {
    "used_code": "this enrolment code was used already; make a new one with `bilik-central terminal add`",
    "expired_code": "this enrolment code has expired; make a new one with `bilik-central terminal add`",
    "wrong_code": "central does not know this enrolment code; copy the string whole, or make a new one",
    "wait": "too many wrong codes came from here; wait a minute, then try again",
}


async def enrol(
    text: str,
    state_dir: Path,
    credentials: Credentials,
    authority: Authority,
    connect: Callable[[Enrolment], Central],
    agent_version: str,
) -> Enrolment:
    """Enrol this PC; raises AgentError in words, and then nothing is kept.

    `authority` gives the PEM of the private authority to believe, by address and hash; None for those the system trusts.
    """
    typed = enrolment.parse(text)
    _check_places(state_dir, credentials)
    try:
        pem = await authority(typed.url, typed.ca_sha256)
        answer = await _ask(typed, pem, connect, agent_version)
    except Rejected as error:
        raise AgentError(REFUSALS.get(error.code) or f"central refused the enrolment: {error}") from error
    except Untrusted as error:
        raise AgentError(
            f"{typed.url}: the server's certificate is not trusted ({error}); if the facility has an authority of its own, "
            "use the enrolment string that carries its hash after a ~, or set [central] ca_file"
        ) from error
    except CentralError as error:
        raise AgentError(f"{typed.url} cannot be reached or understood ({error}); check address and network") from error
    done = Enrolment(url=typed.url, terminal_id=answer.terminal_id, authority_pem=pem, settings=answer.settings)
    credentials.write(answer.device_token)
    enrolment.save(state_dir, done)
    return done


def _check_places(state_dir: Path, credentials: Credentials) -> None:
    """The code is good for one use: see first that what it buys can be kept."""
    probe = state_dir / "enrolment.probe"
    try:
        enrolment.write_private(probe, b"")
        probe.unlink()
    except OSError as error:
        raise EnrolmentWrong(
            f"{state_dir} cannot be written ({error.strerror}): run this as the agent's account or as administrator"
        ) from error
    credentials.read()


async def _ask(
    typed: EnrolmentString, pem: str | None, connect: Callable[[Enrolment], Central], agent_version: str
) -> EnrolmentAnswer:
    central = connect(Enrolment(url=typed.url, terminal_id="", authority_pem=pem, settings=NOT_YET))
    request = EnrolmentRequest(protocol=PROTOCOL_VERSION, code=typed.code, machine=machine_facts(agent_version))
    try:
        return await central.enrol(request)
    finally:
        await central.close()


def machine_facts(agent_version: str) -> MachineFacts:
    """What this PC tells of itself."""
    return MachineFacts(
        hostname=socket.gethostname()[:200],
        operating_system=platform.platform()[:200],
        machine_key=machine_key(),
        agent_version=agent_version,
    )


def machine_key() -> str:
    """A hash of what stays with this machine, not with its disk: board and network card, beside the system's own id."""
    parts = [str(uuid.getnode())]
    for file in ("/etc/machine-id", "/sys/class/dmi/id/product_uuid"):
        try:
            parts.append(Path(file).read_text(encoding="ascii").strip())
        except (OSError, UnicodeDecodeError):
            continue
    return hashlib.sha256("\n".join(["bilik", *parts]).encode()).hexdigest()
