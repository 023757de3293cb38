"""Runs inside Wine by pytest: the contract of the device token's place, where its file is sealed by Windows for this PC."""

from pathlib import Path

import pytest

from agent.adapters.credentials import FileKeyring, KeyringCredentials
from agent.ports import CredentialsUnusable
from tests.contract.test_credentials import *  # noqa: F403 - the suite


def test_nothing_of_the_token_is_in_the_file(tmp_path: Path) -> None:
    place = KeyringCredentials(tmp_path, environ={})
    place.write("token-of-this-terminal")
    assert "sealed by Windows" in place.place()
    for file in tmp_path.iterdir():
        assert b"token-of" not in file.read_bytes()


def test_a_file_that_was_not_sealed_here_is_said_so(tmp_path: Path) -> None:
    FileKeyring(tmp_path).set_password("bilik", "device_token", "plain")
    with pytest.raises(CredentialsUnusable, match="not sealed on this PC"):
        KeyringCredentials(tmp_path, environ={}).read()
