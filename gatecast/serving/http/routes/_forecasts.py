"""Routes that forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from fastapi import Request

from gatecast._types import InputError
from gatecast.data import to_panel, to_records
from gatecast.forecasting import ForecastOptions
from gatecast.forecasting.online import on_history
from gatecast.serving._served import Served
from gatecast.serving.engine import ForecastAnswer, NewRow
from gatecast.serving.http._bodies import JSON, body_of, check_id, futures_of, rows_of
from gatecast.serving.http._service import service_of, shown_ds
from gatecast.serving.http.routes import _answers as answers
from gatecast.serving.http.routes._routing import Ahead, AskedAhead, router

routes = router("forecasts", "read")

_HISTORY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "observations": {"type": "array", "items": {"type": "object"}},
                        "futr": {"type": "array", "items": {"type": "object"}},
                    },
                    "required": ["observations"],
                }
            }
        },
    }
}


@routes.get(
    "/v1/models/{model}/series/{unique_id}/forecast",
    response_model=answers.Forecast,
)
async def forecast(
    request: Request,
    model: answers.ModelName,
    unique_id: answers.SeriesId,
    ahead: AskedAhead,
) -> dict[str, Any]:
    """What follows the last row of a series, from its state alone."""
    service = service_of(request)
    name = check_id(unique_id)
    (found,) = await service.answer(service.engine.forecast(model, [ahead.of(name)]))
    if isinstance(found, InputError):
        raise found
    return answer_json(await service.served(model), found)


@routes.post(
    "/v1/models/{model}/forecast",
    openapi_extra=_HISTORY,
    response_model=list[answers.Forecast],
)
async def forecast_history(
    request: Request,
    model: answers.ModelName,
    ahead: AskedAhead,
) -> list[dict[str, Any]]:
    """What follows a history that is given, of known or new series; nothing is stored."""
    service = service_of(request)
    limits = service.settings.limits
    served = await service.served(model)
    body = body_of(await request.body(), request.headers.get("content-type", ""), limits)
    rows = rows_of(served, body.rows)
    futr = futures_of(served, body.futr)
    if not rows:
        raise InputError('the history is empty: give {"observations": [{"unique_id", "ds", "y"}]}')

    def call() -> list[dict[str, Any]]:
        return _of_history(served, rows, futr, ahead)

    return await service.answer(service.engine.call(call))


def answer_json(served: Served, found: ForecastAnswer) -> dict[str, Any]:
    """A forecast for JSON."""
    return {
        "unique_id": found.unique_id,
        "forecast": found.rows,
        "model_version": found.model_version,
        "as_of": shown_ds(served, found.as_of.astype("int64")),
        **record_json(found.record),
    }


def record_json(record: Any) -> dict[str, Any]:
    """How well a series was forecast, for JSON."""
    return {
        "judged": record.judged,
        "coverage": {str(level): share for level, share in record.coverage.items()},
        "skill": record.skill,
        "crps": record.crps,
    }


def _of_history(
    served: Served,
    rows: Sequence[NewRow],
    futr: dict[str, dict[int, dict[str, Any]]],
    wanted: Ahead,
) -> list[dict[str, Any]]:
    """Forecasts that need no state; runs in the thread of the engine."""
    model, columns = served.model, served.model.columns
    targets = model.context.panel.targets
    frame = pd.DataFrame(
        {"unique_id": row.unique_id, "ds": served.time(row.ds), targets[0]: row.y, **row.others}
        for row in rows
    )
    for name in (*targets, *served.exog):
        if name not in frame:
            frame[name] = None
    panel = to_panel(
        frame,
        target_col=targets[0] if len(targets) == 1 else targets,
        freq=model.freq,
        exog=served.exog,
        categorical=list(model.context.panel.categories),
    )
    told_ahead = pd.DataFrame(
        {columns.unique_id: name, columns.ds: served.time(ds)} | values
        for name, told in futr.items()
        for ds, values in told.items()
    )
    standing = on_history(model, panel)
    found = standing.forecast(
        wanted.h, ForecastOptions(wanted.level), told_ahead if len(told_ahead) else None
    )
    last = standing.context.panel
    ends = last.ds[last.offsets[1:] - 1][:: len(targets)].astype("int64")
    own = {str(name): part for name, part in found.groupby("unique_id", sort=False)}
    nothing = {"judged": 0, "coverage": {}, "skill": None, "crps": None}
    return [
        {
            "unique_id": name,
            "forecast": to_records(part.drop(columns="unique_id")),
            "model_version": served.version,
            "as_of": shown_ds(served, end),
            **nothing,
        }
        for (name, part), end in zip(own.items(), ends, strict=True)
    ]
