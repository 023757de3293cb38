"""The path between a terminal and everybody else: a network namespace, a pair of virtual cards, and rules that break it."""

import contextlib
import ctypes
import os
import secrets
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

CENTRAL_NAME = "central.bilik.test"
NOWHERE = "198.51.100.7"
CLONE_NEWNET = 0x40000000

BREAKS: dict[str, tuple[str, str]] = {
    "cut": ("drop", "drop"),
    "long_cut": ("drop", "drop"),
    "cut_in": ("drop", ""),
    "cut_out": ("", "drop"),
    "cut_media": ("meta l4proto udp drop", "meta l4proto udp drop"),
    "cut_signalling": ("meta l4proto tcp drop", "meta l4proto tcp drop"),
    "thin": (
        "limit rate over 24 kbytes/second burst 8 kbytes drop",
        "limit rate over 24 kbytes/second burst 8 kbytes drop",
    ),
    "lose_packets": ("numgen random mod 100 < 10 drop", "numgen random mod 100 < 10 drop"),
    "reset": ("", "meta l4proto tcp reject with tcp reset"),
}
"""What each fault does to what comes in and to what goes out, in the words of nftables."""


def rules(broken: Sequence[str]) -> str:
    """The whole rule set of a namespace in which these faults hold together; loopback is never touched."""
    inward = [BREAKS[name][0] for name in broken if BREAKS[name][0]]
    outward = [BREAKS[name][1] for name in broken if BREAKS[name][1]]
    lines = ["table inet chaos", "delete table inet chaos", "table inet chaos {"]
    for chain, own, found in (("input", "iifname", inward), ("output", "oifname", outward)):
        lines += [f"chain {chain} {{", f"type filter hook {chain} priority 0;", f'{own} "lo" accept', *found, "}"]
    return "\n".join([*lines, "}", ""])


def can_have_namespaces() -> bool:
    """Whether this account may make network namespaces here, tried on one."""
    if os.geteuid() != 0:
        return False
    name = f"bilik-try-{os.getpid()}"
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        _ip("netns", "add", name)
        try:
            subprocess.run(
                ["ip", "netns", "exec", name, "nft", "-f", "-"],
                input=rules([]),
                text=True,
                check=True,
                capture_output=True,
            )
        finally:
            _ip("netns", "del", name)
        return True
    return False


class Addresses(NamedTuple):
    """The two ends of the path."""

    booth: str
    outside: str


class Link:
    """One terminal's namespace. `breaks` and `mends` may be called from any thread; `close` takes everything away."""

    def __init__(self, number: int) -> None:
        tag = f"{os.getpid() % 100_000:05d}{number}"
        self.name = f"bilik-chaos-{tag}"
        self.card = f"bkc{tag}"
        net = f"10.97.{secrets.randbelow(250)}"
        self.addresses = Addresses(booth=f"{net}.2", outside=f"{net}.1")
        self._etc = Path("/etc/netns") / self.name
        self._broken: list[str] = []
        self._lock = threading.Lock()

    def open(self) -> None:
        """Make the namespace, the cards and the name by which the terminal knows central."""
        self._etc.mkdir(parents=True)
        self.name_central(self.addresses.outside)
        _ip("netns", "add", self.name)
        _ip("link", "add", self.card, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("addr", "add", f"{self.addresses.outside}/24", "dev", self.card)
        _ip("link", "set", self.card, "up")
        inside = ("-n", self.name)
        _ip(*inside, "addr", "add", f"{self.addresses.booth}/24", "dev", "eth0")
        _ip(*inside, "link", "set", "eth0", "up")
        _ip(*inside, "link", "set", "lo", "up")
        self._write()

    def close(self) -> None:
        """Take it all away again."""
        for line in (("netns", "del", self.name), ("link", "del", self.card)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*line)
        with contextlib.suppress(FileNotFoundError):
            (self._etc / "hosts").unlink()
            self._etc.rmdir()

    def command(self, words: Sequence[str]) -> list[str]:
        """The same command, run in the namespace under the same process id."""
        return ["ip", "netns", "exec", self.name, *words]

    def enter(self) -> None:
        """Let sockets that this thread makes from now on belong to the namespace."""
        with Path(f"/run/netns/{self.name}").open("rb") as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {self.name}")

    def breaks(self, fault: str) -> None:
        """This fault holds from now on, beside those that hold already."""
        with self._lock:
            self._broken.append(fault)
            self._write()

    def mends(self, fault: str) -> None:
        """One such fault is over."""
        with self._lock:
            self._broken.remove(fault)
            self._write()

    def name_central(self, address: str) -> None:
        """Let central's name lead there; the file is written in place, since the namespace has it mounted."""
        (self._etc / "hosts").write_text(f"127.0.0.1 localhost\n{address} {CENTRAL_NAME}\n")

    def _write(self) -> None:
        subprocess.run(
            self.command(["nft", "-f", "-"]), input=rules(self._broken), text=True, check=True, capture_output=True
        )


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
