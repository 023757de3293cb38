"""A real PostgreSQL for tests: Debian's server with a cluster of its own, on a socket directory, gone afterwards.

It refuses to run as root, so then it runs as the system's user `postgres`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"
START_S = 30.0


class PostgresMissing(Exception):
    """No PostgreSQL is installed; `make setup` installs it."""


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise PostgresMissing("no PostgreSQL under /usr/lib/postgresql: run make setup")
    return found[-1].parent


class Postgres:
    """One server. `url()` gives a database of its own to each test."""

    def __init__(self, home: Path, *, durable: bool = False) -> None:
        self._home = home
        self._sync = "on" if durable else "off"
        self._bin = _binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self._user: dict[str, str | int] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(USER)
            os.chown(home, account.pw_uid, account.pw_gid)
            self._user = {"user": account.pw_uid, "group": account.pw_gid}
        self._run("initdb", "-D", str(home / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")

    def start(self) -> None:
        """Start it and return when it answers."""
        options = (
            "-k",
            str(self._home),
            "-c",
            "listen_addresses=",
            "-c",
            f"fsync={self._sync}",
            "-c",
            "max_connections=60",
        )
        log = (self._home / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self._home / "data"), *options],
                cwd=self._home,
                stdout=log,
                stderr=log,
                **self._user,  # type: ignore[arg-type]  # user and group, or nothing
            )
        deadline = time.monotonic() + START_S
        ready = [str(self._bin / "pg_isready"), "-q", "-h", str(self._home)]
        while subprocess.run(ready, check=False).returncode != 0:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL does not start: {(self._home / 'log').read_text()[-2000:]}")

    @property
    def pid(self) -> int:
        """Its first process, above all others."""
        assert self._process is not None
        return self._process.pid

    def stop(self, *, for_good: bool = False) -> None:
        """End it at once, cutting every connection; `for_good`: it writes nothing that would be read at a start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if for_good else signal.SIGINT)
            self._process.wait(20)
            self._process = None

    def url(self, *, like: str | None = None) -> str:
        """A new database: empty, or a copy of another one that nobody is connected to."""
        self._made += 1
        name = f"central_{self._made}"
        model = [] if like is None else ["-T", like.partition("@/")[2].partition("?")[0], "-S", "file_copy"]
        self._run("createdb", "-h", str(self._home), "-U", USER, *model, name)
        return f"postgresql://{USER}@/{name}?host={self._home}"

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._bin / program), *words],
            cwd=self._home,
            check=True,
            stdout=subprocess.DEVNULL,
            **self._user,  # type: ignore[call-overload]  # user and group, or nothing
        )


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A running server; `durable`: it waits for its disk, as a real one does."""
    home = Path(tempfile.mkdtemp(prefix="bilik-pg-"))
    try:
        home.chmod(0o700)
        server = Postgres(home, durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.stop(for_good=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
