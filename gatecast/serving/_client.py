"""A served model from afar, with the verbs of the estimator."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import httpx
import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast.data import in_library, library_of, to_pandas, to_records

# Rows of one request.
_ROWS_AT_ONCE = 10_000
# Forecasts that are asked for side by side; the service answers them in one go.
_AT_ONCE = 8
_IDS_AT_ONCE = 1000
# Busy, or not there for now.
_LATER = (429, 502, 503, 504)
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 60.0
_REFUSED, _TOO_YOUNG, _FAILED = 400, 409, 500


class ServiceError(Exception):
    """The service cannot be reached, or has failed."""


@dataclass(frozen=True)
class Taken:
    """What became of the rows of an update.

    Attributes:
        accepted: rows that are new, corrections included.
        duplicates: rows that were there already, with the same values.
    """

    accepted: int
    duplicates: int


class Client:
    """Sends observations to a service and asks it for forecasts.

    What cannot be reached, or is busy, is asked again after a growing wait, or after the one that
    the service names. That is safe: each request is carried out once, however often it is sent, and
    a row that the service has already is counted as a duplicate.

        with gatecast.Client("http://localhost:8000", "gc_...") as client:
            client.update(new_rows)
            client.predict(h=12, level=[80])

    Args:
        url: of the service.
        key: that `gatecast key add` has printed; None where none is needed.
        model: that is meant; None where the service has one.
        timeout: seconds to wait for an answer.
        retries: further tries of each request.
        transport: of httpx; for a proxy, or a service in the same process.

    Raises:
        InputError: if the URL is none of HTTP.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        model: str | None = None,
        timeout: float = 30.0,
        retries: int = 5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise InputError(f"{url!r} is no address of a service, such as http://localhost:8000")
        self._url, self._model, self._retries = url.rstrip("/"), model, retries
        self._library = "pandas"
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def update(
        self, df: Any, *, id_col: str = "unique_id", time_col: str = "ds", target_col: str = "y"
    ) -> Taken:
        """Let the model see rows: new, late or corrected ones.

        They are sent in order of time, at most 10,000 at once. Each such batch is taken wholly or
        not at all, and is durable once it is; after an error all rows can be sent again.

        Args:
            df: a pandas, polars or pyarrow frame; further columns are exogenous, or targets.
            id_col: its column of ids.
            time_col: its column of times.
            target_col: its column of values.

        Raises:
            InputError: naming the row and what is wrong with it.
            ServiceError: if the service cannot be reached.
        """
        names = {id_col: "unique_id", time_col: "ds", target_col: "y"}
        self._library = library_of(df)
        found = self._post_rows(_rows(df, names), "observations")
        return Taken(*(sum(each[name] for each in found) for name in ("accepted", "duplicates")))

    def predict(
        self,
        h: int | None = None,
        level: float | Sequence[float] = (),
        *,
        ids: Sequence[str] | None = None,
        futr_df: Any = None,
    ) -> Any:
        """Forecast the rows after the last one of each series.

        Args:
            h: rows; the model's own number if None.
            level: coverage of intervals in percent, one or several.
            ids: of the series; if None, all that have rows enough for a forecast.
            futr_df: what is known of the rows to come; the service keeps it.

        Returns:
            `unique_id`, `ds`, the forecast and the ends of intervals, in the library of `futr_df`
            or else of the last update.

        Raises:
            InputError: for an id or argument that the service cannot use.
            ServiceError: if the service cannot be reached.
        """
        if futr_df is not None:
            self._library = library_of(futr_df)
            self._post_rows(_rows(futr_df, {"unique_id": "unique_id", "ds": "ds"}), "futr")
        wanted = [float(level)] if isinstance(level, int | float) else [*level]
        asked: dict[str, Any] = {} if h is None else {"h": h}
        if wanted:
            asked["level"] = wanted

        def one(name: str) -> pd.DataFrame:
            try:
                found = self._get(f"{self._series(name)}/forecast", asked)
            except _TooYoungError:
                if ids is not None:
                    raise
                return pd.DataFrame()
            return _frame(name, found["forecast"])

        names = self._ids() if ids is None else [*ids]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            frames = [frame for frame in pool.map(one, names) if len(frame)]
        none = pd.DataFrame({"unique_id": [], "ds": []})
        return in_library(pd.concat(frames or [none], ignore_index=True), self._library)

    def history(self, unique_id: str, last: int | None = None) -> Any:
        """What came, and what had been forecast for it, in the library of the last update.

        Args:
            unique_id: of the series.
            last: so many of the latest rows; as many as the service gives unasked if None.

        Raises:
            InputError: if there is no such series.
            ServiceError: if the service cannot be reached.
        """
        asked = {} if last is None else {"last": last}
        found = self._get(f"{self._series(unique_id)}/history", asked)
        rows = [
            {"ds": row["ds"], "y": row["y"]} | row.pop("others") | row
            for row in found["observations"]
        ]
        return in_library(_frame(unique_id, rows), self._library)

    def stream(self, unique_id: str) -> Iterator[Mapping[str, Any]]:
        """The new forecast after each observation of a series, as they are made.

        It goes on until the loop over it ends. A connection that breaks is made again.

        Raises:
            InputError: if there is no such series.
            ServiceError: if the service cannot be reached.
        """
        path, last, lost = f"{self._series(unique_id)}/events", "", 0
        while True:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
            timeout = httpx.Timeout(**self._http.timeout.as_dict() | {"read": None})
            try:
                with self._http.stream(
                    "GET", self._url + path, headers=headers, timeout=timeout
                ) as answer:
                    if answer.status_code >= _REFUSED:
                        answer.read()
                    _raise_for(answer)
                    for event, data in _events(answer.iter_lines()):
                        again, last, lost = event and event == last, event or last, 0
                        if not again:
                            yield data
            except (httpx.TransportError, _LaterError) as error:
                if lost >= self._retries:
                    raise ServiceError(f"{self._url}: {error}") from None
                time.sleep(_wait(lost, error))
            lost += 1
            if lost > self._retries:
                raise ServiceError(f"{self._url} ends every stream at once")

    @property
    def _path(self) -> str:
        """Of the model."""
        if self._model is None:
            names = [each["name"] for each in self._get("/v1/models")["models"]]
            if len(names) != 1:
                there = ", ".join(map(repr, names)) or "none"
                raise InputError(f"say which model is meant, by model=...; there are: {there}")
            self._model = str(names[0])
        return f"/v1/models/{quote(self._model, safe='')}"

    def _series(self, unique_id: str) -> str:
        return f"{self._path}/series/{quote(unique_id, safe='')}"

    def _ids(self) -> list[str]:
        """All series of the model."""
        found: list[str] = []
        asked: dict[str, Any] = {"limit": _IDS_AT_ONCE}
        while True:
            some = self._get(f"{self._path}/series", asked)
            found += some["series"]
            if some["next"] is None:
                return found
            asked["after"] = some["next"]

    def _get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        return self._ask("GET", path, params=parameters or None)

    def _post_rows(self, rows: pd.DataFrame, what: str) -> list[Any]:
        """Send rows in parts; their index tells where each stood in the caller's frame."""
        answers = []
        for begin in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows.iloc[begin : begin + _ROWS_AT_ONCE]
            records = [
                {name: None if pd.isna(value) else value for name, value in row.items()}
                for row in to_records(some)
            ]
            document: dict[str, list[Any]] = {"observations": [], what: records}
            # A try that comes late, after a correction, must not be carried out again.
            headers = {"Idempotency-Key": str(uuid4())}
            path = f"{self._path}/observations"
            try:
                answers.append(self._ask("POST", path, json=document, headers=headers))
            except _RowInputError as error:
                place = some.index[error.row] if error.row < len(some) else error.row
                raise InputError(f"row {place}: {error}") from None
        return answers

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        """The answer to a request, which is sent again while that may help."""
        for attempt in count():
            try:
                answer = self._http.request(method, self._url + path, **request)
                _raise_for(answer)
                return answer.json()
            except (httpx.TransportError, _LaterError) as error:
                if attempt >= self._retries:
                    words = str(error) or type(error).__name__
                    raise ServiceError(
                        f"{self._url} does not answer after {attempt + 1} tries: {words}"
                    ) from None
                time.sleep(_wait(attempt, error))
            except json.JSONDecodeError:
                raise ServiceError(f"{self._url} is no service of gatecast") from None
        raise AssertionError


class _RowInputError(InputError):
    """A row of a request is refused; its number in the request."""

    def __init__(self, row: int, words: str) -> None:
        super().__init__(words)
        self.row = row


class _TooYoungError(InputError):
    """A series has too few rows to be forecast."""


class _LaterError(Exception):
    """The service cannot answer now; when it can, in seconds, if it says so."""

    def __init__(self, words: str, after: float | None) -> None:
        super().__init__(words)
        self.after = after


def _raise_for(answer: httpx.Response) -> None:
    """Raise what an answer of an error means."""
    status = answer.status_code
    if status < _REFUSED:
        return
    problem = _problem(answer)
    words = str(problem.get("detail") or problem.get("title") or f"status {status}")
    if status in _LATER:
        raise _LaterError(words, _retry_after(answer.headers.get("Retry-After")))
    if status == _TOO_YOUNG:
        raise _TooYoungError(words)
    if status >= _FAILED:
        raise ServiceError(f"the service has failed: {words}")
    row = problem.get("row")
    if isinstance(row, int):
        raise _RowInputError(row, words)
    raise InputError(words)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem details (RFC 9457) of an answer, if it has any."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _retry_after(text: str | None) -> float | None:
    """Seconds until a time that is told in seconds or as a date."""
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return max(until.total_seconds(), 0.0)


def _wait(attempt: int, error: Exception) -> float:
    """Seconds before the next try: doubled each time, and not the same for every client."""
    after = getattr(error, "after", None)
    if after is not None:
        return min(float(after), _LONGEST_WAIT)
    longest: float = min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)  # noqa: S311 (nothing is kept secret by it)


def _rows(df: Any, names: Mapping[str, str]) -> pd.DataFrame:
    """The rows of a frame in order of time, under the names that the service reads."""
    frame = to_pandas(df)
    for name in names:
        if name not in frame.columns:
            there = ", ".join(map(repr, frame.columns))
            raise InputError(f"the frame has no column {name!r}; it has {there}")
    numbers = frame.select_dtypes("number").drop(columns=[*names][:2], errors="ignore")
    infinite = np.isinf(numbers.to_numpy(float, na_value=np.nan))
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise InputError(f"row {row}: {numbers.columns[column]} is infinite")
    frame = frame.rename(columns=dict(names)).reset_index(drop=True)
    frame["unique_id"] = frame["unique_id"].astype(str)
    return frame.sort_values("ds", kind="stable")


def _frame(unique_id: str, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of an answer; texts of `ds` become times."""
    frame = pd.DataFrame(records)
    if "ds" in frame and not pd.api.types.is_numeric_dtype(frame["ds"]):
        frame["ds"] = pd.to_datetime(frame["ds"])
    frame.insert(0, "unique_id", unique_id)
    return frame


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The number and content of each server-sent event (WHATWG HTML, section 9.2)."""
    last, data = "", []
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            last = value
        elif name == "data":
            data.append(value)
        elif not line and data:
            yield last, json.loads("\n".join(data))
            data = []
