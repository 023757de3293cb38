"""The command line of bilik-agent; builds everything and hands it to the supervisor."""

import argparse
import asyncio
import importlib.metadata
import importlib.util
import json
import logging
import os
import platform
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent import config as agent_config
from agent.config import Config
from agent.ports import AgentError, ConfigWrong, Credentials, Journal, JournalError, Saved

if TYPE_CHECKING:  # each command imports what it needs: a status costs no web client
    from agent.adapters.central_client import HttpCentral
    from agent.adapters.clock import SystemClock
    from agent.supervisor.enrolment import Enrolment
    from agent.supervisor.outside import Outside

log = logging.getLogger("agent")

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_BUG = 70
EXIT_RESTART = 75
CLOSE_S = 0.5
ENGINE_VERSION = Path("/usr/lib/bilik/engine/VERSION")


def version() -> str:
    """Of the installed distribution."""
    try:
        return importlib.metadata.version("bilik")
    except importlib.metadata.PackageNotFoundError:
        return "0.0.0"


def engine() -> str:
    """The web engine that is installed for the window; empty where it is not."""
    try:
        return f"QtWebEngine {importlib.metadata.version('PySide6-Addons')}"
    except importlib.metadata.PackageNotFoundError:
        return ""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 well, 1 refused in words, 2 agent.toml, 70 a bug, 75 start me again."""
    options = _parser().parse_args(arguments)
    if options.command == "version":
        print(version())
        return 0
    try:
        config = agent_config.load(options.config)
        match options.command:
            case "enroll":
                return _enroll(config, options.enrolment)
            case "set-pin":
                return _set_pin(config)
            case "status":
                return _status(config, as_json=options.json)
            case "doctor":
                return _doctor(config, options.lang, as_json=options.json, asks=not (options.json or options.yes))
            case _:
                return _run(config)
    except ConfigWrong as error:
        print(f"bilik-agent: {error}", file=sys.stderr)
        return EXIT_CONFIG
    except AgentError as error:
        print(f"bilik-agent: {error}", file=sys.stderr)
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bilik-agent", description="The agent of a call booth.")
    parser.add_argument(
        "--config", type=Path, help=f"agent.toml to read (default: {agent_config.DEFAULT_FILE} if it is there)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    enroll = commands.add_parser("enroll", help="make this PC a terminal of a central")
    enroll.add_argument(
        "enrolment", metavar="STRING", help="what `bilik-central terminal add` printed; - reads it from standard input"
    )
    commands.add_parser(
        "set-pin", help="set the technician's PIN of this PC: typed twice, or one line of standard input"
    )
    commands.add_parser("run", help="run the booth until told to stop")
    status = commands.add_parser("status", help="say how the booth is and since when")
    status.add_argument("--json", action="store_true", help="as JSON")
    doctor = commands.add_parser("doctor", help="look at everything; exit 0 all good, 1 something bad, 2 not all known")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.add_argument("--yes", action="store_true", help="ask nobody whether the tone was heard")
    doctor.add_argument("--lang", choices=("id", "en"), default="id", help="of the sentences (default: id)")
    commands.add_parser("version", help="print the version")
    return parser


def _enroll(config: Config, text: str) -> int:
    from agent.adapters.clock import SystemClock
    from agent.adapters.privacy import keep_private
    from agent.supervisor.enrolling import enrol

    keep_private()
    become_owner(config.state_dir)
    typed = sys.stdin.readline() if text == "-" else text
    credentials, clock = _credentials(config), SystemClock()

    async def authority(url: str, sha256: str | None) -> str | None:
        from agent.adapters.central_client import fetch_authority, read_authority

        if config.ca_file is not None:
            return read_authority(config.ca_file, sha256)
        return None if sha256 is None else await fetch_authority(url, sha256)

    done = asyncio.run(
        enrol(typed, config.state_dir, credentials, authority, lambda found: _central(found, clock), version())
    )
    where = f"{done.settings.terminal_name} of {done.settings.facility_name}"
    print(f"enrolled as {where}; the device token is kept in {credentials.place()}")
    return 0


def _set_pin(config: Config) -> int:
    from agent.adapters.pin_store import FilePinStore
    from agent.adapters.privacy import keep_private
    from agent.supervisor.technician_pin import read_new_pin

    keep_private()
    become_owner(config.state_dir)
    pin = read_new_pin(sys.stdin)
    pins = FilePinStore(config.state_dir)
    asyncio.run(pins.write(pin))
    print(f"the technician's PIN is set; kept as {pins.place()}")
    return 0


def become_owner(state_dir: Path) -> None:
    """An administrator acts as the account that owns the state directory, so that the agent can read what is kept."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not state_dir.is_dir():
        return
    owner = state_dir.stat()
    if owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _status(config: Config, *, as_json: bool) -> int:
    import psutil

    from agent.adapters.clock import SystemClock
    from agent.supervisor.status_report import report

    told = report(config.state_dir, SystemClock(), psutil.pid_exists)
    print(json.dumps(told.facts) if as_json else told.words)
    return 0 if told.is_running else EXIT_FAILED


def _doctor(config: Config, language: str, *, as_json: bool, asks: bool) -> int:
    from agent import doctor, doctor_tone
    from agent.adapters.privacy import keep_private

    keep_private()
    become_owner(config.state_dir)
    asks = asks and doctor_tone.is_somebody_there()
    if asks:
        doctor_tone.announce(language)
    found = asyncio.run(doctor.examine(config, doctor.Offline(_credentials(config), _central, version(), engine())))
    if asks:
        found = doctor_tone.asked(found, language, doctor_tone.ask_person)
    print(doctor.as_json(found) if as_json else doctor.as_text(found, language))
    return doctor.exit_code(found)


def _run(config: Config) -> int:
    from agent.adapters.clock import SystemClock
    from agent.adapters.privacy import keep_private
    from agent.supervisor.logs import begin_log

    keep_private()
    clock = SystemClock()
    begin_log(as_json=config.log_format == "json", level=config.log_level, boot_s=clock.boot_s)
    try:
        wants_restart = asyncio.run(_supervise(config, clock))
    except AgentError as error:
        log.error("agent_cannot_run", extra={"why": str(error)})  # noqa: TRY400 - said in words; a traceback helps nobody
        return EXIT_FAILED
    except Exception:
        log.exception("agent_bug", extra={"then": "the service manager starts it again"})
        return EXIT_BUG
    return EXIT_RESTART if wants_restart else 0


async def _supervise(config: Config, clock: "SystemClock") -> bool:
    from agent.adapters.journal import SqliteJournal
    from agent.supervisor.supervisor import Supervisor

    journal = SqliteJournal(config.state_dir / "journal.sqlite3", boot_id=clock.boot_id)
    saved = await journal.load()
    try:
        supervisor = Supervisor(_outside(config, clock, journal, saved), saved)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if sys.platform != "win32":
                loop.add_signal_handler(number, supervisor.stop)
        await supervisor.run()
    except BaseException:
        journal.abandon()  # no good-bye: the next run must know that this one did not end by itself
        raise
    try:
        async with asyncio.timeout(CLOSE_S):
            await journal.close()
    except (TimeoutError, JournalError) as error:
        log.warning("journal_not_closed", extra={"why": str(error) or "the disk does not answer"})
    return supervisor.wants_restart


def _outside(config: Config, clock: "SystemClock", journal: Journal, saved: Saved) -> "Outside":
    from agent.adapters.health import PsutilHealth
    from agent.adapters.network_probe import NetworkProbe
    from agent.adapters.page_server import PageServer, font_directory, inherited_socket
    from agent.adapters.pin_store import FilePinStore
    from agent.doctor import door
    from agent.lines import service_manager, shell_link
    from agent.supervisor.outside import Outside

    return Outside(
        clock=clock,
        journal=journal,
        page=PageServer(
            pages_directory(),
            fonts=font_directory(),
            port=config.page_port,
            listening=inherited_socket(os.environ, os.getpid()),
        ),
        shell=shell_link(config),
        credentials=_credentials(config),
        pins=FilePinStore(config.state_dir),
        health=PsutilHealth(boot_s=clock.boot_s),
        services=service_manager(),
        network=NetworkProbe(),
        connect=lambda found: _central(found, clock, saved.last_central_ms),
        state_dir=config.state_dir,
        agent_version=version(),
        engine=engine(),
        engine_version=engine_version(),
        operating_system=platform.platform(),
        doctor=door(config.shell_socket),
    )


def engine_version() -> str:
    """Of the package bilik-engine; empty where there is none."""
    try:
        return ENGINE_VERSION.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _credentials(config: Config) -> Credentials:
    from agent.adapters.credentials import KeyringCredentials

    return KeyringCredentials(config.state_dir, store=config.credentials_store)


def _central(found: "Enrolment", clock: "SystemClock", last_central_ms: int | None = None) -> "HttpCentral":
    from agent.adapters.central_client import HttpCentral

    return HttpCentral(
        found.url,
        version=version(),
        boot_s=clock.boot_s,
        central_ms=clock.central_ms,
        last_known_ms=lambda: last_central_ms,
        authority_pem=found.authority_pem,
    )


def pages_directory() -> Path:
    """Where the kiosk's pages are installed; the agent serves them and imports nothing of them."""
    found = importlib.util.find_spec("kiosk_ui")
    if found is None or not found.submodule_search_locations:
        raise AgentError("the kiosk's pages (package kiosk_ui) are not installed; install bilik whole")
    return Path(found.submodule_search_locations[0]) / "pages"


if __name__ == "__main__":
    sys.exit(main())
