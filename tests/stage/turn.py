"""Debian's turnserver as a process of the stage, with short-lived credentials as in the reference home."""

import base64
import hmac
import secrets
import socket
import subprocess
import time
from pathlib import Path
from typing import BinaryIO

from tests.stage.network import free_tcp_port, free_udp_port
from tests.stage.processes import Running

PRIVATE = (
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "172.16.0.0-172.31.255.255",
    "192.168.0.0-192.168.255.255",
)
REALM = "bilik.test"
RELAY_PORTS = (49_300, 49_499)


class Turn:
    """A running relay: `host` and `port` for UDP, `secret_file` and the cli's password file for central."""

    def __init__(self, *, address: str, home: Path, logs: Path) -> None:
        self.host = address
        self.port = free_udp_port(address)
        self.cli_port = free_tcp_port()
        self.secret_file = _secret(home / "turn-secret")
        self.cli_password_file = _secret(home / "turn-cli-password")
        config = home / "turnserver.conf"
        config.write_text(self._config(home))
        config.chmod(0o600)
        self.process = Running("turnserver", ["turnserver", "-c", str(config)], logs=logs)

    def wait_ready(self) -> None:
        """Return when it listens."""
        self.process.wait_for_line("listener opened on", within_s=15)

    def listed(self) -> str:
        """What the relay's own command line says of its allocations."""
        with socket.create_connection(("127.0.0.1", self.cli_port), timeout=5) as cli, cli.makefile("rwb") as line:
            _read_to(line, b"password:")
            line.write(f"{self.cli_password_file.read_text()}\r\n".encode())
            line.flush()
            _read_to(line, b"> ")
            line.write(b"ps\r\n")
            line.flush()
            return _read_to(line, b"> ")

    def try_client(self, *, username: str, credential: str, peer: str) -> str:
        """What Debian's own client says when it asks for an allocation and sends to `peer`."""
        words = ["-u", username, "-w", credential, "-n", "3", "-m", "1", "-p", str(self.port), "-e", peer, self.host]
        done = subprocess.run(
            ["turnutils_uclient", "-v", *words], capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout + done.stderr

    def credentials(self, name: str, *, good_for_s: int) -> tuple[str, str]:
        """A user name and its password, as central makes them; negative: they have expired."""
        username = f"{int(time.time()) + good_for_s}:{name}"
        digest = hmac.digest(self.secret_file.read_text().encode(), username.encode(), "sha1")
        return username, base64.b64encode(digest).decode()

    def _config(self, home: Path) -> str:
        allowed = f"allowed-peer-ip={self.host}"
        denied = [f"denied-peer-ip={one}" for one in PRIVATE]
        return "\n".join(
            [
                f"listening-ip={self.host}",
                f"relay-ip={self.host}",
                f"listening-port={self.port}",
                f"min-port={RELAY_PORTS[0]}",
                f"max-port={RELAY_PORTS[1]}",
                "use-auth-secret",
                f"static-auth-secret={self.secret_file.read_text()}",
                f"realm={REALM}",
                "no-tls",
                "no-dtls",
                "no-multicast-peers",
                "cli-ip=127.0.0.1",
                f"cli-port={self.cli_port}",
                f"cli-password={self.cli_password_file.read_text()}",
                f"pidfile={home / 'turnserver.pid'}",
                f"userdb={home / 'turndb'}",
                "log-file=stdout",
                "simple-log",
                "verbose",
                allowed,
                *denied,
                "",
            ]
        )


def _secret(path: Path) -> Path:
    path.write_text(secrets.token_urlsafe(24))
    path.chmod(0o600)
    return path


def _read_to(line: BinaryIO, mark: bytes) -> str:
    found = b""
    while not found.endswith(mark):
        one = line.read(1)
        if not one:
            raise ConnectionError(f"the relay's command line closed before {mark!r}")
        found += one
    return found.decode(errors="replace")
