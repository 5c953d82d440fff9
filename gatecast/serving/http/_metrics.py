"""Figures for Prometheus; each app has its own registry, and each worker its own figures."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gatecast.serving.engine import Engine, Outcome

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
        self._judged = Counter(
            "gatecast_judged", "Rows compared with a forecast.", ["model"], registry=self.registry
        )
        self._errors = Counter(
            "gatecast_absolute_error",
            "Sum of the absolute errors of the forecasts that were judged.",
            ["model"],
            registry=self.registry,
        )
        self._covered = Counter(
            "gatecast_covered",
            "Judged rows inside the interval of a level (by their p value).",
            ["model", "level"],
            registry=self.registry,
        )
        self._lag = Gauge(
            "gatecast_waiting", "Requests that have not been begun.", registry=self.registry
        )
        self._skill = Gauge(
            "gatecast_skill",
            "RMSE skill against persistence of the series seen last.",
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
        for row in outcome.rows:
            if row.forecast is None or row.y is None:
                continue
            self._judged.labels(model).inc()
            self._errors.labels(model).inc(abs(row.y - row.forecast))
            for level in (80, 95):
                if row.p_value is not None and row.p_value > 1 - level / 100:
                    self._covered.labels(model, str(level)).inc()

    def skill(self, model: str, skill: float | None) -> None:
        """Tell the skill of a forecast that was given."""
        if skill is not None:
            self._skill.labels(model).set(skill)

    def page(self, engine: Engine) -> bytes:
        """The figures in Prometheus' text format."""
        self._lag.set(engine.waiting)
        return generate_latest(self.registry)
