"""Debian's turnserver as a process of the stage, with short-lived credentials as in the reference home."""

import secrets
from pathlib import Path

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
