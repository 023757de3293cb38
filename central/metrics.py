"""What this process counts of itself, for Prometheus; no ids, no names, no addresses."""

from collections.abc import MutableMapping
from time import perf_counter
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
HELD = "bilik_held_s"
"""A key of the scope: how long a request was kept waiting on purpose, which is no latency."""


class Metrics:
    """The figures of one central."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Histogram(
            "bilik_request_seconds",
            "Time from a request to the first byte of its answer, without what sync holds on purpose",
            ("route", "method", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.held = self.gauge("bilik_syncs_held", "Sync requests that wait for news here")
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def gauge(self, name: str, about: str, labels: tuple[str, ...] = ()) -> Gauge:
        """A figure that goes up and down."""
        return Gauge(name, about, labels, registry=self.registry)

    def counter(self, name: str, about: str, labels: tuple[str, ...] = ()) -> Counter:
        """A figure that only grows."""
        return Counter(name, about, labels, registry=self.registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        child = self._children.get((route, method, status))
        if child is None:
            child = self._children[route, method, status] = self.requests.labels(route, method, str(status))
        child.observe(seconds)


METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Measured:
    """An app whose requests are counted; sockets are not requests."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and note when the answer begins."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        fields: MutableMapping[str, Any] = scope  # type: ignore[assignment]  # a TypedDict that takes one key more

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = fields.get("path_template") or "unknown"
                method = fields["method"] if fields["method"] in METHODS else "other"
                seconds = perf_counter() - began - fields.get(HELD, 0.0)
                self._metrics.answered(route, method, message["status"], max(0.0, seconds))
            await send(message)

        await self._app(scope, receive, sent)
