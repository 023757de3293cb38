"""What a release may name: versions, packages and files that cannot lead out of their folder."""

from typing import Any

import msgspec
import pytest

from protocol.release import Release, UpgradeEnd, UpgradeOutcome

GOOD: dict[str, Any] = {
    "name": "bilik-agent",
    "version": "0.2.0+1~rc1",
    "file": "bilik-agent_0.2.0_amd64.deb",
    "sha256": "0" * 64,
    "bytes": 12_000_000,
}


def read(**changed: object) -> Release:
    """A release of one package."""
    return msgspec.convert({"version": "0.2.0", "packages": [GOOD | changed]}, Release)


def test_a_release_as_it_is_made_is_read() -> None:
    assert read().packages[0].file == GOOD["file"]
    assert read(newer_field=1).version == "0.2.0", "a newer release may say more"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("version", wrong) for wrong in ("", "../1", "1/2", ".1", "v1", "1\n", "1" * 65)),
        *(("name", wrong) for wrong in ("agent", "bilik-", "bilik-agent/..", "bilik-agent\n")),
        *(("file", wrong) for wrong in ("../x.deb", "/x.deb", "x.tar", ".deb", "x.deb\n")),
        *(("sha256", wrong) for wrong in ("", "0" * 63, "G" * 64, "A" * 64)),
        *(("bytes", wrong) for wrong in (0, -1, 1_000_000_001)),
    ],
)
def test_what_could_lead_elsewhere_is_no_release(field: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(**{field: value})


@pytest.mark.parametrize("packages", [[], [GOOD] * 5])
def test_a_release_has_one_to_four_packages(packages: list[dict[str, object]]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"version": "0.2.0", "packages": packages}, Release)


def test_an_outcome_is_written_and_read_again() -> None:
    outcome = UpgradeOutcome(version="0.2.0", end=UpgradeEnd.WENT_BACK, why="no heartbeat")
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=UpgradeOutcome) == outcome
