"""The device token's safe place: nobody else can read it, and nothing asks a question."""

import os
import stat
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from agent.adapters.credentials import FileKeyring, KeyringCredentials
from agent.ports import CredentialsUnusable


def credentials(tmp_path: Path, **environ: str) -> KeyringCredentials:
    return KeyringCredentials(tmp_path / "state", environ=environ)


def token_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bilik.device_token"


def test_the_file_is_for_its_own_account_alone(tmp_path: Path) -> None:
    credentials(tmp_path).write("secret")
    assert stat.S_IMODE(token_file(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["bilik.device_token"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    credentials(tmp_path).write("secret")
    token_file(tmp_path).chmod(mode)
    with pytest.raises(CredentialsUnusable, match="by others") as caught:
        credentials(tmp_path).read()
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_account_is_refused(tmp_path: Path) -> None:
    credentials(tmp_path).write("secret")
    os.chown(token_file(tmp_path), 12345, 12345)
    with pytest.raises(CredentialsUnusable, match="another account"):
        credentials(tmp_path).read()


def test_a_link_is_not_followed_for_reading_nor_for_writing(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("bait")
    target.chmod(0o600)
    (tmp_path / "state").mkdir()
    token_file(tmp_path).symlink_to(target)
    with pytest.raises(CredentialsUnusable):
        credentials(tmp_path).read()
    credentials(tmp_path).write("secret")
    assert target.read_text() == "bait"
    assert not token_file(tmp_path).is_symlink()


def test_a_directory_in_its_place_is_refused(tmp_path: Path) -> None:
    token_file(tmp_path).mkdir(parents=True)
    with pytest.raises(CredentialsUnusable):
        credentials(tmp_path).read()
    with pytest.raises(CredentialsUnusable):
        credentials(tmp_path).write("secret")


def test_what_a_power_cut_left_half_written_does_not_stand_in_the_way(tmp_path: Path) -> None:
    credentials(tmp_path).write("old")
    token_file(tmp_path).with_name("bilik.device_token.new").write_text("ha")
    assert credentials(tmp_path).read() == "old"
    credentials(tmp_path).write("new")
    assert credentials(tmp_path).read() == "new"


def test_systemds_sealed_credential_comes_first_and_is_not_written_over(tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    sealed.mkdir()
    (sealed / "device_token").write_text("from-systemd\n")
    credentials(tmp_path).write("from-file")
    kept = credentials(tmp_path, CREDENTIALS_DIRECTORY=str(sealed))
    assert kept.read() == "from-systemd"
    assert "systemd" in kept.place()
    with pytest.raises(CredentialsUnusable, match="systemd"):
        kept.write("other")
    without = credentials(tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path / "empty"))
    assert without.read() == "from-file"


def test_the_place_names_the_file(tmp_path: Path) -> None:
    assert str(token_file(tmp_path)) in credentials(tmp_path).place()


def test_a_system_without_a_keyring_says_what_to_do(tmp_path: Path) -> None:
    """This machine has no D-Bus session, so the Secret Service cannot be there."""
    with pytest.raises(CredentialsUnusable, match="store = file"):
        KeyringCredentials(tmp_path, store="keyring", environ={}).write("secret")


class Forgetful(KeyringBackend):
    """Takes every secret and gives back another."""

    priority = 0.1

    def get_password(self, service: str, username: str) -> str | None:
        return "another"

    def set_password(self, service: str, username: str, password: str) -> None:
        pass

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked("locked")


def test_a_store_that_does_not_give_back_what_it_took_is_found_out(tmp_path: Path) -> None:
    kept = KeyringCredentials(tmp_path, environ={}, backend=Forgetful())
    with pytest.raises(CredentialsUnusable, match="did not come back") as caught:
        kept.write("secret")
    assert "secret" not in str(caught.value)
    with pytest.raises(CredentialsUnusable, match="locked"):
        kept.delete()


def test_the_file_backend_speaks_keyrings_own_words(tmp_path: Path) -> None:
    backend = FileKeyring(tmp_path)
    backend.set_password("bilik", "device_token", "päss")
    assert backend.get_password("bilik", "device_token") == "päss"
    backend.delete_password("bilik", "device_token")
    assert backend.get_password("bilik", "device_token") is None
