"""When a day is over: nobody is still to be served or told, and every call that we broke has its other turn."""

import json
from typing import Any

from tests.stage.central import Central


def left(central: Central) -> list[str]:
    """Who is still to be served or told."""
    rows = central.rows(
        "select r.number, r.state as state, s.state as session, s.visit_state as visit from registrations r "
        "left join sessions s on s.id = r.session_id"
    )
    return [json.dumps(row) for row in rows if _waits(row)]


def is_over(central: Central) -> bool:
    """Nobody waits, and what central owes is given: it looks after days every ten seconds."""
    return not left(central) and _made_up(central)


def _waits(row: dict[str, Any]) -> bool:
    return row["state"] == "waiting" or (row["state"] == "approved" and row["session"] in ("planned", "open"))


def _made_up(central: Central) -> bool:
    owed = central.rows(
        "select r.id from registrations r join usage u on u.session_id = r.session_id where u.provisional = 0 "
        "and u.fault_party in ('facility', 'terminal') and r.make_up_of is null and r.state = 'approved' and "
        "json_extract(u.body, '$.talk_delivered_ms') * 2 < json_extract(u.body, '$.talk_promised_s') * 1000"
    )
    made = {row["make_up_of"] for row in central.rows("select make_up_of from registrations")}
    silent = central.rows(
        "select r.id from usage u join registrations r on r.session_id = u.session_id "
        "where r.state = 'approved' and json_extract(u.body, '$.talk_delivered_ms') = 0"
    )
    return all(row["id"] in made for row in [*owed, *silent])
