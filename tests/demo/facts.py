"""What happened, read from central's database and from the agent's own log; never from what the demo meant to do."""

import json
from typing import Any

import msgspec

from protocol.outcome import UsageRecord
from tests.stage.central import Called, Central
from tests.stage.terminal import Terminal
from tests.stage.waiting import wait_for


class Facts:
    """Eyes on one visit."""

    def __init__(self, central: Central, terminal: Terminal, session: Called) -> None:
        self.central = central
        self.terminal = terminal
        self.session = session

    def moves(self) -> list[str]:
        """The states the visit came to, in order, as central stored them."""
        rows = self.central.rows("select body from events where kind = 'visit' order by received_at_ms, seq")
        bodies = [json.loads(row["body"]) for row in rows]
        return [body["state"] for body in bodies if body["session_id"] == self.session.id]

    def wait_for_move(self, state: str, *, count: int = 1, within_s: float = 30.0) -> None:
        """Return when the visit came to this state for the `count`th time."""
        wait_for(
            lambda: self.moves().count(state) >= count,
            within_s=within_s,
            what=f"the visit to come to {state!r} (it went {' > '.join(self.moves())})",
            every_s=0.1,
        )

    def usage(self, *, within_s: float = 20.0) -> UsageRecord:
        """The one usage record, as the terminal wrote it."""

        def stored() -> UsageRecord | None:
            query = "select body from usage where session_id = ? and not provisional"
            rows = self.central.rows(query, self.session.id)
            return msgspec.json.decode(rows[0]["body"], type=UsageRecord) if rows else None

        return wait_for(stored, within_s=within_s, what="the usage record at central", every_s=0.1)  # type: ignore[return-value]

    def usage_records(self) -> int:
        """How many usage records central holds for this session."""
        found = self.central.rows("select count(*) as n from usage where session_id = ?", self.session.id)
        return int(found[0]["n"])

    def heartbeats(self) -> int:
        """How many heartbeats of this terminal central has taken."""
        found = self.central.rows("select heartbeats from terminal_status where terminal_id = ?", self.terminal.id)
        return int(found[0]["heartbeats"]) if found else 0

    def warnings(self) -> list[int]:
        """The thresholds (seconds left) at which the agent told the screen to warn."""
        said = [line for line in self.terminal.agent_log() if line.get("event") == "notice"]
        return [int(line["value"]) for line in said if line.get("kind") == "warning"]

    def log_entries(self, event: str) -> list[dict[str, Any]]:
        """The agent's log lines of one kind."""
        return [line for line in self.terminal.agent_log() if line.get("event") == event]
