"""What the trial saw, step by step, with times: printed as it goes and written to out/install.json."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.stage.waiting import boot_s


class Row:
    """One step: facts may be added while it runs."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.facts: dict[str, Any] = {}
        self.held: bool | None = None
        self.took_s = 0.0
        self.why: str | None = None

    def note(self, **facts: Any) -> None:
        """Remember these."""
        self.facts |= facts

    def expect(self, holds: object, what: str) -> None:
        """Fail the step in words unless it holds."""
        if not holds:
            raise AssertionError(what)


class Ledger:
    """All rows in order. A step that fails is kept with its reason and does not stop the others, unless it must."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.about: dict[str, Any] = {}
        self.rows: list[Row] = []

    @contextlib.contextmanager
    def step(self, what: str, *, needed: bool = False) -> Iterator[Row]:
        """Time what is inside; `needed`: nothing after it makes sense without it."""
        row = Row(what)
        self.rows.append(row)
        began_s = boot_s()
        try:
            yield row
        except Exception as error:
            row.held, row.why = False, f"{type(error).__name__}: {error}"
            if needed:
                raise
        else:
            row.held = True
        finally:
            row.took_s = round(boot_s() - began_s, 2)
            self._say(row)
            self.write()

    def _say(self, row: Row) -> None:
        facts = " ".join(f"{key}={value}" for key, value in row.facts.items() if not isinstance(value, list | dict))
        print(f"{'good' if row.held else 'BAD '} {row.took_s:7.2f} s  {row.what}  {facts}", flush=True)
        if row.why:
            print(f"               {row.why[:2000]}", flush=True)

    @property
    def is_good(self) -> bool:
        """Every step held."""
        return bool(self.rows) and all(row.held for row in self.rows)

    def write(self) -> None:
        """Write what is known so far."""
        steps = [
            {"what": row.what, "held": row.held, "took_s": row.took_s, "why": row.why, **row.facts} for row in self.rows
        ]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"good": self.is_good, **self.about, "steps": steps}, indent=1)
        self._file.write_text(text + "\n", encoding="utf-8")
