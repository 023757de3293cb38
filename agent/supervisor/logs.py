"""The log: one line an event on standard error, as JSON or as text; never a secret, a name or a PIN."""

import logging
import sys
import traceback
from collections.abc import Callable

import msgspec

PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def details(record: logging.LogRecord) -> dict[str, object]:
    """What was given in `extra`."""
    return {key: value for key, value in vars(record).items() if key not in PLAIN and value is not None}


class LineFormat(logging.Formatter):
    """`boot_s` is the moment on the clock that leases and ends run on."""

    def __init__(self, boot_s: Callable[[], float], *, as_json: bool) -> None:
        super().__init__()
        self._boot_s = boot_s
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "boot_s": round(self._boot_s(), 3),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "from": record.name.rpartition(".")[2],
            **details(record),
        }
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        if self._as_json:
            return msgspec.json.encode(line, enc_hook=str).decode()
        words = " ".join(
            f"{key}={value}" for key, value in line.items() if key not in {"boot_s", "level", "event", "from"}
        )
        return f"{line['boot_s']:>12} {line['level']:<7} {line['event']} {words}".rstrip()


def begin_log(*, as_json: bool, level: str, boot_s: Callable[[], float]) -> None:
    """Write the programs' own events from `level` on, and only the warnings of the libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormat(boot_s, as_json=as_json))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("agent").setLevel(level.upper())
