"""Several bilik-centrals on one PostgreSQL behind HAProxy, as processes of the stage."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.postgres import Postgres
from tests.stage.central import Central
from tests.stage.network import free_tcp_port
from tests.stage.processes import Running
from tests.stage.waiting import wait_for

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "haproxy.cfg"
HAPROXY = "/usr/sbin/haproxy"


class Instance:
    """One `serve` of the cluster; it comes back at its own port."""

    def __init__(self, name: str, database: str, public_url: str, logs: Path, *, serve: tuple[str, ...]) -> None:
        self.name = name
        self.port = free_tcp_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._program = [str(BIN / "bilik-central")]
        self._words = ["--database", database, "serve", "--host", "127.0.0.1"]
        self._words += ["--port", str(self.port), "--public-url", public_url, *serve]
        self._env: dict[str, str] = {}
        self._logs = logs
        self.process: Running | None = None

    def begin(self) -> None:
        """Start it without waiting for it."""
        self.process = Running(f"central-{self.name}", [*self._program, *self._words], logs=self._logs, env=self._env)

    def run_instead(self, program: list[str], env: dict[str, str]) -> None:
        """Another program from the next start on: an older version, say."""
        self._program, self._env = program, env

    def wait_ready(self) -> None:
        """Return when it says that requests may come."""
        assert self.process is not None
        self.process.wait_for_line('"listening"')
        wait_for(self.is_ready, within_s=20, what=f"central {self.name} to be ready")

    def is_ready(self) -> bool:
        """Whether it is."""
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/ready", timeout=3).status_code == 200
        return False

    def start(self) -> None:
        """Start it, again or for the first time."""
        self.begin()
        self.wait_ready()

    def kill(self) -> None:
        """Kill -9."""
        assert self.process is not None
        self.process.kill()

    def end(self) -> int:
        """SIGTERM; its exit code."""
        assert self.process is not None
        return self.process.end()


class Cluster(Central):
    """A central that is several: its address is the proxy's, its commands work on PostgreSQL.

    `calls`: how the proxy chooses for signalling sockets; the example sends both ends of a call to one instance.
    """

    def __init__(
        self, server: Postgres, home: Path, logs: Path, *, serve: tuple[str, ...] = (), calls: str = "roundrobin"
    ) -> None:
        super().__init__(home, logs)
        self.server = server
        self.database_url = server.url()
        self._calls = calls
        self.typed_by: Callable[..., str] | None = None
        self.instances = [Instance(name, self.database_url, self.url, logs, serve=serve) for name in ("a", "b")]

    def start(self) -> None:
        """All instances at the same moment, on whatever the database has; then the proxy."""
        for each in self.instances:
            each.begin()
        for each in self.instances:
            each.wait_ready()
        config = self.database.parent / "haproxy.cfg"
        config.write_text(self._config())
        self.process = Running("haproxy", [HAPROXY, "-db", "-f", str(config)], logs=self._logs)
        wait_for(self._is_open, within_s=10, what="the proxy to pass requests on")

    def stop(self) -> int:
        """End the instances and the proxy."""
        for each in self.instances:
            if each.process is not None and each.process.alive:
                each.end()
        return super().stop() if self.process is not None else 0

    def holder(self, session_id: str, role: str) -> Instance:
        """The instance that has this end's socket."""
        origins = {self._origin(each): each for each in self.instances if each.process and each.process.alive}

        def found() -> Instance | None:
            query = "select instance_id from call_ends where session_id = ? and role = ? and left_at_ms is null"
            rows = self.rows(query, session_id, role)
            return origins.get(rows[0]["instance_id"]) if rows else None

        at = wait_for(found, within_s=10, what=f"the {role} of {session_id} to have a socket")
        assert at is not None
        return at

    def _origin(self, instance: Instance) -> str:
        """The id under which it shows itself, as its first line says."""
        assert instance.process is not None
        line = instance.process.wait_for_line('"listening"')
        return str(json.loads(line)["instance"])

    def command(self, *words: str, given: str = "") -> Any:
        """As every central does it; `typed_by` lets another version's command line do it."""
        if self.typed_by is not None:
            return json.loads(self.typed_by(*words))
        return super().command(*words, given=given)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Read PostgreSQL; `?` stands for a value."""
        numbers = iter(range(1, 100))
        asked = re.sub(r"\?", lambda _: f"${next(numbers)}", query)

        async def read() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(self.database_url)
            try:
                return [dict(row) for row in await connection.fetch(asked, *values)]
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:  # a browser's driver may have its loop on ours
            return thread.submit(asyncio.run, read()).result(30)

    @property
    def _store(self) -> str:
        return self.database_url

    def _config(self) -> str:
        """The example of the manual, at our addresses, without TLS."""
        text = EXAMPLE.read_text()
        changes = [
            (r"bind :443 .*", f"bind 127.0.0.1:{self.port}"),
            (r"    log /dev/log .*\n|    stats socket .*\n", ""),
            (r"maxconn 20000", "maxconn 2000"),
            (r"balance uri\n    hash-type consistent", f"balance {self._calls}"),
        ]
        changes += [
            (rf"server {each.name} \S+", f"server {each.name} 127.0.0.1:{each.port}") for each in self.instances
        ]
        for pattern, ours in changes:
            text, count = re.subn(pattern, ours, text)
            assert count, pattern
        return text

    def _is_open(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/live", timeout=3).status_code == 200
        return False
