"""What requests may ask and what the answers hold, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

# No control characters: databases do not take all of them.
_PRINTED = r"^[^\x00-\x1f\x7f-\x9f]+$"
ModelName = Annotated[str, Path(max_length=200, pattern=_PRINTED, description="name of the model")]
SeriesId = Annotated[str, Path(max_length=500, pattern=_PRINTED, description="id of the series")]
H = Annotated[int | None, Query(ge=1, description="rows to forecast; else the model's own number")]
Levels = Annotated[
    tuple[float, ...], Query(description="coverage of intervals in percent; none by default")
]


class Problem(BaseModel):
    """RFC 9457: what is wrong."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    row: int | None = Field(None, description="number of the row in the request, from 0")


_PROBLEM = {
    "model": Problem,
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: _PROBLEM | {"description": words}
    for status, words in {
        400: "The request cannot be read",
        401: "A key is needed",
        403: "The key is not for this",
        404: "There is no such model or series",
        405: "Another method is needed",
        409: "Not now: the series is too young, or a version is being prepared",
        413: "Too large",
        415: "Another content type is needed",
        422: "Something in the request cannot be used; with the row where it is one",
        429: "Too many requests",
        503: "Not now; Retry-After says when",
        504: "It took too long",
        507: "No room is left to store observations",
    }.items()
}


class Forecast(BaseModel):
    """A forecast, and how far it may be trusted."""

    unique_id: str
    forecast: list[dict[str, Any]] = Field(
        description="per row: ds, the forecast, and the ends of its intervals"
    )
    model_version: str
    as_of: str | int = Field(description="time of the last row that was read")
    judged: int = Field(description="forecasts that were compared with the truth")
    coverage: dict[str, float] = Field(description="level -> share of truths inside the interval")
    skill: float | None = Field(description="RMSE skill against repeating the last value")
    crps: float | None = Field(description="mean continuous ranked probability score")


class TakenRow(BaseModel):
    """A row that was taken, beside the forecast that had been made for it."""

    unique_id: str
    ds: str | int
    forecast: float | None
    p_value: float | None = Field(description="how likely an error at least as large was")
    anomaly: bool | None


class Taken(BaseModel):
    """What became of the rows of a request."""

    accepted: int
    corrected: int = Field(description="of the accepted rows, those that replaced a value")
    duplicates: int = Field(description="rows that were there already with the same values")
    futr: int = Field(description="rows to come that were stored")
    rows: list[TakenRow]
    pending: dict[str, str] | None = Field(None, description="id -> why it has no forecast yet")


class TakenOfMany(Taken):
    """What became of rows of any series, and the forecasts after them, if asked for."""

    forecasts: list[Forecast] | None = None


class TakenOfOne(Taken):
    """What became of rows of one series, and the forecast after them, if asked for."""

    forecast: list[dict[str, Any]] | None = Field(
        None, description="per row: ds, the forecast, and the ends of its intervals"
    )
    model_version: str | None = None
    as_of: str | int | None = None
    judged: int | None = None
    coverage: dict[str, float] | None = None
    skill: float | None = None
    crps: float | None = None


class SeriesInfo(BaseModel):
    """Where a series stands."""

    unique_id: str
    model_version: str
    rows: int = Field(description="observations that the service has taken")
    first: str | int | None
    last: str | int | None
    needed: int = Field(description="further rows until a first forecast")
    judged: int
    coverage: dict[str, float]
    skill: float | None
    crps: float | None


class HistoryRow(BaseModel):
    """What came, and what had been forecast."""

    ds: str | int
    y: float | None
    others: dict[str, Any]
    revision: int
    forecast: float | None
    p_value: float | None
    model_version: str | None
    arrived: float = Field(description="seconds since 1970")


class History(BaseModel):
    """The rows of a series as they count now, in order of time."""

    unique_id: str
    observations: list[HistoryRow]


class SeriesList(BaseModel):
    """Ids, sorted."""

    series: list[str]
    next: str | None = Field(description="what to give as `after` for more")


class Preparation(BaseModel):
    """How far a version is on its way to serve."""

    version: str
    state: str = Field(description='"replaying", "serving" or "failed"')
    done: int = Field(description="series that it has read to the end")
    series: int
    error: str | None


class Record(BaseModel):
    """How well series were forecast."""

    judged: int
    coverage: dict[str, float]
    skill: float | None
    crps: float | None


class VersionRecord(Record):
    """How well a version forecast."""

    version: str


class Comparison(BaseModel):
    """The version that serves and another one, on the same recent truths."""

    series: int
    truths: int
    serving: VersionRecord
    candidate: VersionRecord


class ModelInfo(BaseModel):
    """A model that is served."""

    name: str
    version: str
    previous: str | None
    h: int
    freq: str | int
    targets: list[str]
    columns: list[str] = Field(description="exogenous columns that it reads")
    skill: dict[str, float | None] = Field(description="on rows held back from its training")
    series: int
    record: Record = Field(description="of its forecasts so far, over up to 1,000 series")
    preparation: Preparation | None = None


class ModelList(BaseModel):
    """All models that are served."""

    models: list[ModelInfo]
