"""Figures for Prometheus; each app has its own registry, and each worker its own figures."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gatecast.forecasting.intervals import Record
from gatecast.serving.engine import Outcome

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """What a process has done since its start."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "gatecast_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "gatecast_request_seconds",
            "Time from request to answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._rows = Counter(
            "gatecast_observations",
            "Rows by what became of them: accepted, corrected or duplicates.",
            ["model", "outcome"],
            registry=self.registry,
        )
        self._waiting = Gauge(
            "gatecast_waiting", "Requests that have not been begun.", registry=self.registry
        )
        self._judged = Gauge(
            "gatecast_judged",
            "Rows compared with a forecast, of up to 1,000 series.",
            ["model"],
            registry=self.registry,
        )
        self._coverage = Gauge(
            "gatecast_coverage",
            "Share of these rows inside the interval of a level.",
            ["model", "level"],
            registry=self.registry,
        )
        self._skill = Gauge(
            "gatecast_skill",
            "RMSE skill against persistence of these series, their median.",
            ["model"],
            registry=self.registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def observed(self, model: str, _rows: object, outcome: Outcome) -> None:
        """Count what became of rows, once they are durable."""
        self._rows.labels(model, "accepted").inc(outcome.accepted)
        self._rows.labels(model, "corrected").inc(outcome.corrected)
        self._rows.labels(model, "duplicates").inc(outcome.duplicates)

    def page(self, waiting: int, records: Mapping[str, Record]) -> bytes:
        """The figures in Prometheus' text format.

        Args:
            waiting: requests that have not been begun.
            records: model -> how well its series were forecast.
        """
        self._waiting.set(waiting)
        for model, record in records.items():
            self._judged.labels(model).set(record.judged)
            for level, share in record.coverage.items():
                self._coverage.labels(model, str(level)).set(share)
            if record.skill is not None:
                self._skill.labels(model).set(record.skill)
        return generate_latest(self.registry)
