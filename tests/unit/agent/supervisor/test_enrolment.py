"""What a technician types: the right form, the right words when it is wrong, and nothing kept by halves."""

from pathlib import Path

import pytest

from agent.ports import AgentError, Central, Unreachable, Untrusted
from agent.supervisor import enrolment
from agent.supervisor.enrolling import enrol, machine_key
from agent.supervisor.enrolment import Enrolment, EnrolmentWrong, parse
from tests.fakes import SETTINGS, FakeCentral, FakeClock, MemoryCredentials

HASH = "ab" * 32


def test_a_string_has_address_and_code() -> None:
    typed = parse("  https://central.example/#ABCD-EFGH\n")
    assert (typed.url, typed.code, typed.ca_sha256) == ("https://central.example", "ABCD-EFGH", None)


def test_a_string_may_carry_the_hash_of_a_private_authority() -> None:
    typed = parse(f"https://central.example:8443#ABCD-EFGH~{HASH.upper()}")
    assert typed.ca_sha256 == HASH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ABCD-EFGH",
        "https://central.example",
        "https://central.example#",
        "https://a b#ABCD",
        f"https://c#ABCD~{HASH}0",
    ],
)
def test_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(EnrolmentWrong, match=r"https://central\.example#ABCD-EFGH"):
        parse(text)


@pytest.mark.parametrize("url", ["http://central.example", "http://10.0.0.5:8080"])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(EnrolmentWrong, match="https"):
        parse(f"{url}#ABCD-EFGH")


@pytest.mark.parametrize("url", ["ftp://central.example", "central.example", "https://", "https://[::1"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(EnrolmentWrong, match="address"):
        parse(f"{url}#ABCD-EFGH")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_plain_http_to_this_pc_is_allowed(url: str) -> None:
    assert parse(f"{url}#ABCD-EFGH").url == url


def test_an_enrolment_is_kept_for_the_agents_account_alone(tmp_path: Path) -> None:
    kept = Enrolment(url="https://central.example", terminal_id="t3", authority_pem=None, settings=SETTINGS)
    enrolment.save(tmp_path / "state", kept)
    assert enrolment.load(tmp_path / "state") == kept
    assert (tmp_path / "state" / "enrolment.json").stat().st_mode & 0o777 == 0o600
    enrolment.forget(tmp_path / "state")
    assert enrolment.load(tmp_path / "state") is None


def test_a_damaged_enrolment_is_said_and_not_believed(tmp_path: Path) -> None:
    (tmp_path / "enrolment.json").write_text("{")
    with pytest.raises(EnrolmentWrong, match="enrol this PC again"):
        enrolment.load(tmp_path)


async def no_authority(_: str, __: str | None) -> str | None:
    return None


async def try_to_enrol(
    state_dir: Path, central: Central, text: str = "https://central.example#GOOD-CODE"
) -> MemoryCredentials:
    credentials = MemoryCredentials()
    await enrol(text, state_dir, credentials, no_authority, lambda _: central, "1.2.3")
    return credentials


@pytest.mark.anyio
async def test_enrolling_keeps_token_and_place(tmp_path: Path) -> None:
    credentials = await try_to_enrol(tmp_path, FakeCentral(FakeClock()))
    assert credentials.read() == "a-device-token"
    kept = enrolment.load(tmp_path)
    assert kept is not None
    assert (kept.url, kept.terminal_id) == ("https://central.example", "t3")
    assert "a-device-token" not in (tmp_path / "enrolment.json").read_text()


@pytest.mark.anyio
async def test_a_wrong_code_is_said_in_words_and_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="does not know this enrolment code"):
        await try_to_enrol(tmp_path, FakeCentral(FakeClock()), "https://central.example#WRONG-CODE")
    assert enrolment.load(tmp_path) is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "said"),
    [(Unreachable("no answer"), "check address and network"), (Untrusted("self-signed"), "certificate is not trusted")],
)
async def test_no_way_to_central_is_said_in_words(tmp_path: Path, error: AgentError, said: str) -> None:
    central = FakeCentral(FakeClock())
    central.error = error  # type: ignore[assignment]  # both are CentralErrors
    with pytest.raises(AgentError, match=said) as caught:
        await try_to_enrol(tmp_path, central)
    assert "GOOD-CODE" not in str(caught.value)


@pytest.mark.anyio
async def test_a_place_that_cannot_be_written_is_found_before_the_code_is_spent(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    central = FakeCentral(FakeClock())
    with pytest.raises(EnrolmentWrong, match="cannot be written"):
        await try_to_enrol(blocked / "state", central)


def test_the_machine_key_is_a_hash_and_the_same_each_time() -> None:
    assert machine_key() == machine_key()
    assert len(machine_key()) == 64
