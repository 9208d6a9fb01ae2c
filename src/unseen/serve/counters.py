"""Count what the server does, for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Counters:
    """The numbers of one server; another server in the process has its own. waiting: photos not answered yet."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "unseen_requests", "Requests by path and status.", ["path", "status"], registry=self._registry
        )
        self.photos = Counter("unseen_photos", "Photos by result.", ["result"], registry=self._registry)
        self.seconds = Histogram(
            "unseen_seconds", "From a request to its answer.", ["path"], buckets=SECONDS, registry=self._registry
        )
        gauge = Gauge("unseen_waiting_photos", "Photos that are not answered yet.", registry=self._registry)
        gauge.set_function(waiting)

    def text(self) -> bytes:
        """Return all of them in Prometheus's text format."""
        return generate_latest(self._registry)
