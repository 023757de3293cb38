"""The figures that are looked up when Prometheus asks: booths by link, open calls, reports that wait, the bus."""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from central.board import link
from central.board_model import Link, TerminalRow
from central.calls.end import Role
from central.context import Central
from central.store import call_ends, figures
from central.store.engine import Reading


class _Looked(Collector):
    """What was found, in the form that the library asks for."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> list[Metric]:
        return self._found


async def exposition(central: Central) -> bytes:
    """Everything, as Prometheus reads it; what only the database knows is left out while it is away."""
    found = list(_here(central))
    reached = True
    try:
        async with central.database.read() as db:
            found += await _there(central, db)
    except (SQLAlchemyError, OSError):
        reached = False
    found.append(_one("bilik_database_reached", "1: the database answered for these figures", reached))
    registry = CollectorRegistry()
    registry.register(_Looked(found))
    return generate_latest(central.metrics.registry) + generate_latest(registry)


def _here(central: Central) -> Iterator[Metric]:
    """What this instance knows by itself."""
    rooms = [room for each in central.rooms.ids() if (room := central.rooms.known(each)) is not None]
    ends = Tally(role for room in rooms for role in room.roles_here)
    yield _one("bilik_rooms", "Sessions that this instance has a room for", len(rooms))
    sockets = {role.value: ends[role] for role in Role}
    yield _some("bilik_signalling_sockets", "Signalling sockets of this instance", "role", sockets)
    yield _one(
        "bilik_heartbeats_unwritten",
        "Terminals whose last word is not in the database yet",
        central.heartbeats.unwritten,
    )
    yield _one("bilik_bus_listening", "1: what other processes change is heard", central.bus.is_following)
    passed = {"passed": central.relay.passed, "received": central.relay.received}
    yield _counted("bilik_relay_messages", "Signalling messages between instances", "direction", passed)
    losses = CounterMetricFamily("bilik_bus_losses", "How often hearing other processes broke off")
    losses.add_metric([], central.bus.losses)
    yield losses
    yield _counted("bilik_database_errors", "Statements and connections that failed", "kind", central.database.errors)


async def _there(central: Central, db: Reading) -> list[Metric]:
    """What the database knows of all instances together."""
    links = Tally(
        link(TerminalRow(id="", name="", enrolled=True, seen_at_ms=each.at_ms, hold_s=each.hold_s), central.clock())
        for each in await figures.heard(db)
    )
    waiting = await figures.outboxes(db)
    instances = 1 + (0 if central.database.is_sqlite else await call_ends.others(db, central.database.origin))
    by_link = {each.value: links[each] for each in Link}
    return [
        _some("bilik_terminals", "Enrolled terminals by what is heard of them", "link", by_link),
        _one("bilik_instances", "Instances that show themselves", instances),
        _one("bilik_calls_open", "Call sessions that a booth has open", await figures.open_calls(db)),
        _one("bilik_outbox_waiting", "Reports that wait at terminals, by their last heartbeats", sum(waiting)),
        _one("bilik_outbox_lagging_terminals", "Terminals at which reports wait", len(waiting)),
        _one(
            "bilik_reports_rejected",
            "Reports that cannot count and nobody has seen",
            await figures.rejected_reports(db),
        ),
    ]


def _counted(name: str, about: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, about, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))


def _some(name: str, about: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
