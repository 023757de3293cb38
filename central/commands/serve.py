"""`bilik-central serve`: the server, until SIGTERM."""

import argparse
import json
import re
import sys
from pathlib import Path

from central.commands.address import LOOPBACK, checked
from central.commands.outcome import Outcome, Subparsers, Unusable, command
from central.store import values
from central.store.engine import Database
from central.store.lock import hold_alone
from central.turn import TurnCli, TurnServers


def add_to(commands: Subparsers) -> None:
    """Put the command on the command line."""
    parser = command(commands, "serve", "serve terminals, families and staff until SIGTERM", _serve)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0: any free one")
    parser.add_argument("--public-url", help="the address that phones and terminals use, with https://")
    parser.add_argument("--metrics-token-file", type=Path, help="serve /metrics to who sends this token as Bearer")
    parser.add_argument("--log-format", choices=("json", "text"), default="json")
    parser.add_argument("--releases", type=Path, metavar="FOLDER", help="signed releases that terminals may fetch")
    parser.add_argument("--turn-url", action="append", default=[], metavar="turn:HOST:PORT?transport=udp")
    parser.add_argument("--turn-secret-file", type=Path, help="coturn's static-auth-secret")
    parser.add_argument("--turn-cli", metavar="HOST:PORT", help="coturn's command line, which ends allocations")
    parser.add_argument("--turn-cli-password-file", type=Path)


async def _serve(args: argparse.Namespace, database: Database) -> Outcome:
    from central.app import create_app
    from central.context import Central, Options
    from central.server import Server, listen, spare_collector

    public_url = _public_url(args)
    turn, metrics_token = _turn(args), _metrics_token(args)
    try:
        sock = listen(args.host, args.port)
    except (OSError, OverflowError) as error:
        raise Unusable(f"cannot listen on {args.host}:{args.port}: {error}") from error
    with sock, hold_alone(database):
        own_url = f"http://{args.host}:{sock.getsockname()[1]}"

        async def listening() -> None:
            async with database.write() as tx:
                await values.put(tx, values.PUBLIC_URL, public_url or own_url)
            sys.stdout.write(json.dumps({"event": "listening", "url": own_url, "instance": database.origin}) + "\n")
            sys.stdout.flush()

        async with database.write() as tx:
            secret = await values.link_secret(tx)
        options = Options(
            public_url=public_url, link_secret=secret, metrics_token=metrics_token, releases=args.releases
        )
        central = Central.build(database, options, turn=turn)
        app = create_app(central)
        spare_collector()
        await Server(app, listening=listening).serve(sockets=[sock])
    return Outcome(None, "")


def _public_url(args: argparse.Namespace) -> str:
    if args.public_url:
        return checked(args.public_url, "--public-url")
    if args.host not in LOOPBACK:
        raise Unusable(f"--host {args.host} needs --public-url https://..., the address that phones and terminals use")
    return ""


def _turn(args: argparse.Namespace) -> TurnServers:
    if not args.turn_url:
        return TurnServers()
    for url in args.turn_url:
        if not re.match(r"turns?:[^?\s]+", url):
            raise Unusable(f"--turn-url {url}: write turn:HOST:PORT?transport=udp")
    secret = _secret(args.turn_secret_file, "--turn-secret-file")
    return TurnServers(urls=tuple(args.turn_url), secret=secret, cli=_cli(args))


def _metrics_token(args: argparse.Namespace) -> str:
    return "" if args.metrics_token_file is None else _secret(args.metrics_token_file, "--metrics-token-file")


def _cli(args: argparse.Namespace) -> TurnCli | None:
    if args.turn_cli is None:
        return None
    host, _, port = args.turn_cli.rpartition(":")
    if not host or not port.isdigit():
        raise Unusable(f"--turn-cli {args.turn_cli}: write HOST:PORT")
    password = _secret(args.turn_cli_password_file, "--turn-cli-password-file")
    return TurnCli(host=host.strip("[]"), port=int(port), password=password)


def _secret(path: Path | None, option: str) -> str:
    if path is None:
        raise Unusable(f"{option} FILE is needed: secrets are not given on the command line")
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{option} {path}: cannot be read ({error})") from error
    if not found:
        raise Unusable(f"{option} {path}: the file is empty")
    return found
