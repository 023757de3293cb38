"""What a report is made from, and the sums that every line of it shows."""

from msgspec import Struct


class Figures(Struct, frozen=True, kw_only=True):
    """Usage records and their talk time; adding two gives those of both. `carried_s`: promised again where the call went on."""

    records: int = 0
    promised_s: int = 0
    extended_s: int = 0
    delivered_ms: int = 0
    interrupted_ms: int = 0
    interruptions: int = 0
    carried_s: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    @property
    def due_ms(self) -> int:
        """Promised and extended together, each minute once."""
        return (self.owed_s + self.extended_s) * 1000

    @property
    def owed_s(self) -> int:
        """What was promised here and did not go on at another booth."""
        return self.promised_s - self.carried_s

    @property
    def share(self) -> float | None:
        """How much of it was delivered, 1 is all; None where nothing was promised."""
        return self.delivered_ms / self.due_ms if self.due_ms else None


class Cell(Struct, frozen=True, kw_only=True):
    """Records that ended alike at one booth. `provisional`: they stand in for records that have not come."""

    facility_id: str
    terminal_id: str
    end_reason: str
    fault_party: str
    provisional: bool
    figures: Figures


class Slot(Struct, frozen=True, kw_only=True):
    """Records of visits that were planned to begin in one hour there; `hour` counts from 1970 by the clock on the wall."""

    hour: int
    figures: Figures


class Missed(Struct, frozen=True, kw_only=True):
    """Sessions with neither a usage record nor an outcome on paper. `state` and `why`: as the session keeps them."""

    state: str
    why: str
    count: int


class Paper(Struct, frozen=True, kw_only=True):
    """Sessions whose outcome was written on paper while central was away, and entered by hand; they have no usage record.

    `outcome`: served, no_show, not_held; `talk_s`: in whole minutes, as written down.
    """

    outcome: str
    count: int = 0
    promised_s: int = 0
    talk_s: int = 0

    def __add__(self, other: "Paper") -> "Paper":
        return Paper(
            outcome=self.outcome,
            count=self.count + other.count,
            promised_s=self.promised_s + other.promised_s,
            talk_s=self.talk_s + other.talk_s,
        )


class Deed(Struct, frozen=True, kw_only=True):
    """What one of the staff did so often. `kind`: extension, early_end, admission, listen."""

    officer: str
    kind: str
    count: int


class Read(Struct, frozen=True, kw_only=True):
    """All that was read for one report. `complete`: no older record is still without its figures."""

    cells: tuple[Cell, ...] = ()
    slots: tuple[Slot, ...] = ()
    missed: tuple[Missed, ...] = ()
    paper: tuple[Paper, ...] = ()
    deeds: tuple[Deed, ...] = ()
    complete: bool = True

    def __add__(self, other: "Read") -> "Read":
        return Read(
            cells=self.cells + other.cells,
            slots=self.slots + other.slots,
            missed=self.missed + other.missed,
            paper=self.paper + other.paper,
            deeds=self.deeds + other.deeds,
            complete=self.complete and other.complete,
        )
