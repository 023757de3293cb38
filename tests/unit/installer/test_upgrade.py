"""Upgrades on a machine in memory: only what is signed and newer, never in a call, and back by itself, power cuts included."""

import hashlib
import json
from collections.abc import Sequence

import pytest

from installer.ports import SystemRefused
from installer.upgrade import AGENT, BOOT_ID, HOME, OUTCOME, SPOOL, STATUS, TRIAL, WANTED, Upgrade
from protocol.release import MANIFEST, SIGNATURE, UpgradeEnd
from tests.fake_system import FakeSystem, PowerCut


class FakePackages:
    """Packages whose files say `name version`; versions compare as texts. `broken`: versions that cannot be installed."""

    def __init__(self, system: FakeSystem) -> None:
        self.system = system
        self.there = {AGENT: "1", "bilik-engine": "5"}
        self.broken: set[str] = set()
        self.history: list[str] = []

    def installed(self, name: str) -> str | None:
        return self.there.get(name)

    def described(self, place: str) -> tuple[str, str]:
        node = self.system.read(place)
        assert node is not None
        name, _, version = node.content.decode().partition(" ")
        return name, version

    def is_newer(self, version: str, than: str) -> bool:
        return version > than

    def why_not_signed(self, place: str, signature: str) -> str | None:
        given, made = self.system.read(place), self.system.read(signature)
        assert given is not None
        assert made is not None
        return None if made.content == b"signed " + given.content else "gpgv refuses it"

    def pack(self, name: str, place: str) -> None:
        self.system.put(place, f"{name} {self.there[name]}")

    def install(self, places: Sequence[str]) -> None:
        self.system.run(("dpkg", *places))
        for place in places:
            name, version = self.described(place)
            if version in self.broken:
                raise SystemRefused("dpkg ended with 1")
            self.there[name] = version
            self.history.append(f"{name} {version}")


class Booth:
    """A PC whose agent has fetched a release; `heard` are the versions that central hears, as soon as they run."""

    def __init__(self, heard: tuple[str, ...] = ("1", "2")) -> None:
        self.system = FakeSystem()
        self.packages = FakePackages(self.system)
        self.heard = heard
        self.waited_s = 0.0
        self.system.put(BOOT_ID, "boot\n")
        for folder in (SPOOL, "/var/lib/bilik-install", "/run/bilik-install"):
            self.system.put(folder)
        self.beat()

    def beat(self, *, visit: str = "none", boot: str = "boot") -> None:
        version = self.packages.there[AGENT]
        told = {"agent_version": version, "visit": visit, "mode": "in_service"}
        online = version in self.heard
        self.system.put(STATUS, json.dumps({"boot_id": boot, "running": True, "online": online, "status": told}))

    def pause(self, seconds: float) -> None:
        self.waited_s += seconds
        self.beat()

    def fetch(self, version: str = "2", *files: str, signed: bool = True, says: str | None = None) -> None:
        """What the agent leaves: the release with these files, and the word that it is wanted."""
        held = files or (f"bilik-agent {version}",)
        packages = []
        for content in held:
            name = content.replace(" ", "_") + ".deb"
            self.system.put(f"{SPOOL}/{version}/{name}", content)
            sha256 = hashlib.sha256(content.encode()).hexdigest()
            of, _, its = content.partition(" ")
            packages.append({"name": of, "version": its, "file": name, "sha256": sha256, "bytes": len(content)})
        manifest = json.dumps({"version": says or version, "packages": packages})
        self.system.put(f"{SPOOL}/{version}/{MANIFEST}", manifest)
        self.system.put(f"{SPOOL}/{version}/{SIGNATURE}", f"signed {manifest}" if signed else "made by another key")
        self.want(version)

    def want(self, version: str) -> None:
        self.system.put(WANTED, json.dumps({"version": version}))

    def upgrade(self) -> UpgradeEnd | None:
        outcome = Upgrade(self.system, self.packages, self.pause).run()
        return None if outcome is None else outcome.end

    @property
    def why(self) -> str:
        node = self.system.read(OUTCOME)
        assert node is not None
        assert node.mode == 0o644
        return str(json.loads(node.content)["why"])


def test_a_signed_newer_release_that_central_hears_stays_and_nothing_of_it_is_left_over() -> None:
    booth = Booth()
    booth.fetch()
    assert booth.upgrade() is UpgradeEnd.DONE
    assert booth.packages.there == {AGENT: "2", "bilik-engine": "5"}
    assert booth.system.read(WANTED) is None
    assert booth.system.read(HOME) is None
    assert booth.upgrade() is None


def test_a_release_may_bring_a_newer_engine_and_leaves_one_that_is_there() -> None:
    booth = Booth()
    booth.fetch("2", "bilik-agent 2", "bilik-engine 6")
    assert booth.upgrade() is UpgradeEnd.DONE
    assert booth.packages.there == {AGENT: "2", "bilik-engine": "6"}
    booth = Booth()
    booth.fetch("2", "bilik-agent 2", "bilik-engine 5")
    booth.system.remove(f"{SPOOL}/2/bilik-engine_5.deb")  # what is there is not even fetched
    assert booth.upgrade() is UpgradeEnd.DONE
    assert booth.packages.history == ["bilik-agent 2"]


def test_a_version_that_central_does_not_hear_goes_back_to_the_one_that_served() -> None:
    booth = Booth(heard=("1",))
    booth.fetch("2", "bilik-agent 2", "bilik-engine 6")
    assert booth.upgrade() is UpgradeEnd.WENT_BACK
    assert booth.packages.there == {AGENT: "1", "bilik-engine": "5"}
    assert booth.waited_s == 300
    assert "300 s" in booth.why
    assert booth.upgrade() is None


def test_a_status_from_before_the_reboot_is_no_heartbeat() -> None:
    booth = Booth()
    booth.fetch()
    booth.pause = lambda seconds: booth.beat(boot="another")  # type: ignore[method-assign] - a PC that restarts
    assert booth.upgrade() is UpgradeEnd.WENT_BACK


def test_a_version_that_cannot_be_installed_goes_back_at_once() -> None:
    booth = Booth()
    booth.packages.broken = {"2"}
    booth.fetch()
    assert booth.upgrade() is UpgradeEnd.WENT_BACK
    assert booth.packages.there[AGENT] == "1"
    assert booth.waited_s == 0
    assert "dpkg" in booth.why


def test_what_cannot_go_back_tries_again_at_the_next_boot() -> None:
    booth = Booth(heard=("1",))
    booth.packages.broken = {"1"}
    booth.fetch()
    assert booth.upgrade() is UpgradeEnd.REFUSED
    assert booth.system.read(TRIAL) is not None
    booth.packages.broken = set()
    assert booth.upgrade() is UpgradeEnd.WENT_BACK
    assert booth.packages.there[AGENT] == "1"


def test_nothing_begins_while_a_visit_is_at_the_booth() -> None:
    booth = Booth()
    booth.fetch()
    booth.beat(visit="talking")
    assert booth.upgrade() is UpgradeEnd.IN_CALL
    assert booth.packages.history == []
    booth.beat()
    booth.want("2")
    assert booth.upgrade() is UpgradeEnd.DONE


@pytest.mark.parametrize(
    ("version", "files", "signed", "says", "why"),
    [
        ("2", (), False, None, "not signed"),
        ("2", (), True, "3", "not release 2"),
        ("0", (), True, None, "not newer"),
        ("1", (), True, None, "not newer"),
        ("2", ("bilik-agent 3",), True, None, "holds bilik-agent 3"),
        ("2", ("bilik-agent 2", "bilik-central 2"), True, None, "holds bilik-central"),
        ("2", ("bilik-agent 2", "openssh-server 2"), True, None, "not release 2"),
        ("2", ("bilik-engine 6",), True, None, "is installed"),
    ],
)
def test_what_is_not_a_signed_newer_release_is_refused(
    version: str, files: tuple[str, ...], signed: bool, says: str | None, why: str
) -> None:
    booth = Booth()
    booth.fetch(version, *files, signed=signed, says=says)
    assert booth.upgrade() is UpgradeEnd.REFUSED
    assert why in booth.why
    assert booth.packages.history == []
    assert booth.upgrade() is None


@pytest.mark.parametrize("missing", [MANIFEST, SIGNATURE, "bilik-agent_2.deb"])
def test_a_release_that_is_not_whole_is_refused(missing: str) -> None:
    booth = Booth()
    booth.fetch()
    booth.system.remove(f"{SPOOL}/2/{missing}")
    assert booth.upgrade() is UpgradeEnd.REFUSED
    assert "missing" in booth.why


@pytest.mark.parametrize("content", ["bilik-agent 9", "bilik-agent 2 and more"])
def test_a_file_that_was_changed_after_it_was_signed_is_refused(content: str) -> None:
    booth = Booth()
    booth.fetch()
    booth.system.put(f"{SPOOL}/2/bilik-agent_2.deb", content)
    assert booth.upgrade() is UpgradeEnd.REFUSED
    assert booth.packages.history == []


@pytest.mark.parametrize("word", ["", "{", '{"version":"../etc"}', '{"version":".."}', "[" * 50_000])
def test_a_word_of_the_agent_that_makes_no_sense_is_taken_away(word: str) -> None:
    booth = Booth()
    booth.system.put(WANTED, word)
    assert booth.upgrade() is None
    assert booth.system.read(WANTED) is None


@pytest.mark.parametrize("serves", [True, False])
def test_after_a_power_cut_at_any_moment_the_booth_has_one_whole_version_that_serves(*, serves: bool) -> None:
    heard = ("1", "2") if serves else ("1",)
    whole = Booth(heard)
    whole.fetch()
    whole.upgrade()
    for moment in range(2 * whole.system.changes + 2):
        booth = Booth(heard)
        booth.fetch()
        booth.system.cut_at = moment / 2
        try:
            booth.upgrade()
        except PowerCut:
            booth.system.cut_at = None
            booth.beat()
            booth.upgrade()
        booth.system.cut_at = None
        assert booth.packages.there[AGENT] in (heard if serves else "1"), moment
        assert booth.system.read(TRIAL) is None, moment
        assert booth.upgrade() is None, moment
