"""Booths, sessions and boards for the tests of the staff board."""

from typing import Any

from central.board import board
from central.board_model import (
    Board,
    CommandRow,
    Rows,
    SessionRow,
    TerminalRow,
    Tile,
)
from protocol.terminal import Mode, TerminalStatus, VisitState

NOW = 1_800_000_000_000


def status(**fields: Any) -> TerminalStatus:
    known: dict[str, Any] = {"mode": Mode.IN_SERVICE, "visit": VisitState.NONE, "window_up": True}
    return TerminalStatus(**(known | fields))


def booth(name: str = "Bilik 1", *, seen_ago_ms: int = 1000, **fields: Any) -> TerminalRow:
    found = fields.pop("status", None) or status()
    return TerminalRow(
        id=name.replace(" ", "-"), name=name, enrolled=True, seen_at_ms=NOW - seen_ago_ms, status=found, **fields
    )


def session(id_: str = "s1", *, terminal: str = "Bilik-1", is_open: bool = True, **fields: Any) -> SessionRow:
    known: dict[str, Any] = {"number": "012", "start_at_ms": NOW, "talk_s": 600, "admitted": True}
    names = {"inmate_name": "Budi S.", "family_name": "Ibu Siti"}
    return SessionRow(id=id_, terminal_id=terminal, is_open=is_open, **(known | names | fields))


def command(**fields: Any) -> CommandRow:
    known: dict[str, Any] = {"terminal_id": "Bilik-1", "kind": "extend", "state": "pending", "why": None}
    return CommandRow(**(known | {"issued_at_ms": NOW - 1000, "answered_at_ms": None} | fields))


def talking(**fields: Any) -> TerminalStatus:
    known: dict[str, Any] = {"visit": VisitState.TALKING, "session_id": "s1", "talk_left_ms": 60_000}
    return status(**(known | {"talk_running": True} | fields))


def made(*terminals: TerminalRow, **rows: Any) -> Board:
    return board(Rows(terminals=terminals, **rows), NOW)


def only(*terminals: TerminalRow, **rows: Any) -> Tile:
    (tile,) = made(*terminals, **rows).tiles
    return tile
