"""The address the ends of a call meet at: ICE makes no candidates of loopback addresses."""

import ipaddress
import os
import socket
import subprocess

import psutil

VETH = "bilik-test0"
VETH_ADDRESS = "10.98.0.1"


def own_address() -> str:
    """An IPv4 address of this machine that is not loopback; as root a pair of virtual cards is made where there is none."""
    found = _first_address()
    if found is not None:
        return found
    if os.geteuid() != 0:
        raise RuntimeError("this machine has no network card that is up; ICE needs one: connect it, or run as root")
    peer = f"{VETH}p"
    for line in (
        f"link add {VETH} type veth peer name {peer}",
        f"addr add {VETH_ADDRESS}/24 dev {VETH}",
        f"link set {VETH} up",
        f"link set {peer} up",
    ):
        subprocess.run(["ip", *line.split()], check=True)
    return VETH_ADDRESS


def free_udp_port(address: str) -> int:
    """A UDP port nobody holds at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def free_tcp_port(address: str = "127.0.0.1") -> int:
    """A TCP port nobody holds at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _first_address() -> str | None:
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    for name, addresses in sorted(psutil.net_if_addrs().items()):
        for one in addresses:
            if name in up and one.family == socket.AF_INET and not ipaddress.ip_address(one.address).is_loopback:
                return one.address
    return None
