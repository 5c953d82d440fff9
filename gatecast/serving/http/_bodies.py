"""Rows out of the bodies of requests: JSON, NDJSON, CSV or an Arrow stream."""

from __future__ import annotations

import csv
import io
import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import pandas as pd
import pyarrow as pa
from flatbuffers import encode, packer
from flatbuffers.table import Table

from gatecast._types import InputError
from gatecast.data import LARGEST
from gatecast.serving._served import Served
from gatecast.serving.engine import NewRow, RowError, check_name
from gatecast.serving.http._problems import ProblemError
from gatecast.serving.http._settings import Limits

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
ARROW = "application/vnd.apache.arrow.stream"

# Places of fields in Arrow's tables Message and RecordBatch.
_HEADER, _COMPRESSION = 8, 10
_NANOSECONDS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (times of models have no zone)
_LARGEST_INTEGER = 2**62


@dataclass(frozen=True)
class Body:
    """What a request holds.

    Attributes:
        rows: observations, as they were given.
        futr: what is known of rows to come.
        more: the other members of a JSON object.
    """

    rows: Sequence[Mapping[str, Any]]
    futr: Sequence[Mapping[str, Any]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def body_of(content: bytes, content_type: str, limits: Limits) -> Body:
    """The rows of a body.

    Raises:
        ProblemError: for another content type, or too many rows.
        InputError: for a body that cannot be read.
    """
    # Forms, and bodies without a type, are what a page of another site could send.
    kind = content_type.partition(";")[0].strip().lower()
    readers: dict[str, Callable[[bytes], Body]] = {
        JSON: _json,
        NDJSON: _ndjson,
        CSV: _csv,
        ARROW: partial(_arrow, limits=limits),
    }
    if kind not in readers:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"content type {kind!r} is not read; send one of {', '.join(readers)}",
        )
    body = readers[kind](content)
    _check_count(len(body.rows) + len(body.futr), limits)
    return body


def _check_count(rows: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise ProblemError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"{rows:,} rows, but a request takes at most {limits.rows:,}: send several",
        )


def rows_of(
    served: Served, rows: Sequence[Mapping[str, Any]], unique_id: str | None = None
) -> list[NewRow]:
    """Rows of a request as the engine takes them.

    Args:
        served: the model; columns may have its names, or be `unique_id`, `ds` and `y`.
        rows: of the body.
        unique_id: of all rows, where the path has it.

    Raises:
        RowError: naming the row and the value.
    """
    reader = _Reader(served)
    return [reader.row(place, row, unique_id) for place, row in enumerate(rows)]


def futures_of(
    served: Served, rows: Sequence[Mapping[str, Any]], unique_id: str | None = None
) -> dict[str, dict[int, dict[str, Any]]]:
    """Rows to come, by id and time: the columns that the model reads in advance.

    Arguments and errors are as in `rows_of`.
    """
    reader = _Reader(served)
    names = served.model.members.futr_exog
    if rows and not names:
        raise InputError("futr is given, but this model reads no columns of the future")
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for place, row in enumerate(rows):
        name, ds = reader.key(place, row, unique_id)
        found.setdefault(name, {})[ds] = {
            column: reader.value(place, column, row.get(column), wanted=True) for column in names
        }
    return found


def check_id(name: Any) -> str:
    """An id as it is stored.

    Raises:
        InputError: for one that is empty, too long or has control characters.
    """
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str):
        raise InputError(f"the id must be a text, got {_shown(name)}")
    check_name(name)
    return name


class _Reader:
    """Rows for one model."""

    def __init__(self, served: Served) -> None:
        self._served = served
        columns = served.model.columns
        self._id_names = tuple(dict.fromkeys((columns.unique_id, "unique_id")))
        self._ds_names = tuple(dict.fromkeys((columns.ds, "ds")))
        self._targets = served.model.context.panel.targets
        self._daily = served.daily
        self._words = served.model.context.panel.categories

    def row(self, place: int, row: Mapping[str, Any], unique_id: str | None) -> NewRow:
        """One observation."""
        name, ds = self.key(place, row, unique_id)
        first = self._targets[0]
        given = row.get(first, row.get("y")) if len(self._targets) == 1 else row.get(first)
        y = self.value(place, first, given)
        others = {
            column: self.value(place, column, row.get(column))
            for column in (*self._targets[1:], *self._served.exog)
        }
        if y is None and all(others.get(target) is None for target in self._targets[1:]):
            raise RowError(
                place, f"row {place}: {first} is missing; leave out what was not observed"
            )
        return NewRow(
            name, ds, y, {key: value for key, value in others.items() if value is not None}
        )

    def key(self, place: int, row: Any, unique_id: str | None) -> tuple[str, int]:
        """Id and time of a row."""
        if not isinstance(row, Mapping):
            raise RowError(place, f"row {place} is {_shown(row)}, not an object with columns")
        given = next((row[name] for name in self._id_names if name in row), unique_id)
        try:
            name = check_id(given)
        except InputError as error:
            raise RowError(place, f"row {place}: {error}") from None
        if unique_id is not None and name != unique_id:
            raise RowError(
                place, f"row {place} is of series {name!r}, but the path says {unique_id!r}"
            )
        ds = next((row[name] for name in self._ds_names if name in row), None)
        return name, self._time(place, ds)

    def value(self, place: int, column: str, given: Any, *, wanted: bool = False) -> Any:
        """A number, a category, or None where nothing was observed."""
        if given is None or given == "":
            if wanted:
                raise RowError(place, f"row {place}: {column} is missing")
            return None
        if column in self._words:
            return str(given)
        try:
            number = math.nan if isinstance(given, bool) else float(given)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number) or abs(number) > LARGEST:
            raise RowError(
                place,
                f"row {place}: {column} is {_shown(given)}, which is no number up to {LARGEST:g}",
            )
        return number

    def _time(self, place: int, given: Any) -> int:
        try:
            found = self._dated(given) if self._served.dated else _integer(given)
        except (TypeError, ValueError, OverflowError):
            found = None
        if found is None:
            kind = (
                "a time such as 2024-01-31 or 2024-01-31T12:00"
                if self._served.dated
                else ("an integer")
            )
            raise RowError(
                place, f"row {place}: {self._ds_names[0]} is {_shown(given)}, not {kind}"
            )
        return found

    def _dated(self, given: Any) -> int | None:
        """Nanoseconds since 1970; a zone is left out as when the model was fitted."""
        if isinstance(given, pd.Timestamp):
            given = given.to_pydatetime(warn=False)
        if isinstance(given, str):
            given = datetime.fromisoformat(given.strip())
        if isinstance(given, date) and not isinstance(given, datetime):
            given = datetime.combine(given, datetime.min.time())
        if not isinstance(given, datetime):
            return None
        if given.tzinfo is not None:
            given = given if self._daily else given.astimezone(UTC)
            given = given.replace(tzinfo=None)
        apart = given - _EPOCH
        whole = (apart.days * 86_400 + apart.seconds) * _NANOSECONDS + apart.microseconds * 1000
        return whole if abs(whole) < _LARGEST_INTEGER else None


def _integer(given: Any) -> int | None:
    if isinstance(given, bool | float):
        return None
    whole = int(given)
    return whole if abs(whole) < _LARGEST_INTEGER else None


def _json(content: bytes) -> Body:
    found = loads(content)
    if isinstance(found, list):
        found = {"observations": found}
    if not isinstance(found, dict):
        raise InputError(
            'the body must be an object such as {"observations": [{"ds": ..., "y": ...}]}'
        )
    more = {key: value for key, value in found.items() if key not in ("observations", "futr")}
    lists = {}
    for name in ("observations", "futr"):
        lists[name] = found.get(name, [])
        if not isinstance(lists[name], list):
            raise InputError(f"{name!r} must be a list of rows")
    return Body(lists["observations"], lists["futr"], more)


def loads(content: bytes) -> Any:
    """JSON without NaN and infinities, and without a depth that would break the reader.

    Raises:
        InputError: saying where it breaks.
    """
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except RecursionError:
        raise InputError("the body is nested too deeply") from None
    except UnicodeDecodeError:
        raise InputError("the body is not UTF-8") from None
    except ValueError as error:
        raise InputError(f"the body is no JSON: {error}") from None


def _refuse_constant(word: str) -> Any:
    raise InputError(f"{word} is no number; leave out what was not observed")


def _ndjson(content: bytes) -> Body:
    rows = []
    for place, line in enumerate(content.splitlines()):
        if not line.strip():
            continue
        try:
            rows.append(loads(line))
        except InputError as error:
            raise RowError(len(rows), f"line {place + 1}: {error}") from None
    return Body(rows)


def _csv(content: bytes) -> Body:
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows: list[dict[str, Any]] = list(reader)
        names = reader.fieldnames or ()
    except UnicodeDecodeError:
        raise InputError("the CSV is not UTF-8") from None
    except csv.Error as error:
        raise InputError(f"the CSV cannot be read: {error}") from None
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the CSV has two columns named {_shown(twice)}")
    for place, row in enumerate(rows):
        # The reader puts surplus cells under None, and None where cells are missing.
        if None in row or None in row.values():
            raise RowError(place, f"line {place + 2} has another number of cells than the header")
    return Body(rows)


def _arrow(content: bytes, limits: Limits) -> Body:
    try:
        for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(content)):
            _refuse_larger_inside(message)
        with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
            table = reader.read_all()
            table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, struct.error) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"the Arrow stream cannot be read: {words}") from None
    # Columns of nothing but missing values take no room, however many rows they have.
    _check_count(table.num_rows, limits)
    return Body(table.to_pylist())


def _refuse_larger_inside(message: Any) -> None:
    """Refuse a message of an Arrow stream that would unpack to more than was sent.

    Whether a batch is compressed stands in its description, a flatbuffer of Arrow's Message.fbs.

    Raises:
        InputError: for compressed batches, and for dictionaries, whose words may be repeated.
    """
    described = message.metadata.to_pybytes()
    root = Table(described, encode.Get(packer.uoffset, described, 0))
    header = root.Offset(_HEADER)
    batch = Table(described, root.Indirect(root.Pos + header)) if header else None
    compressed = batch is not None and bool(batch.Offset(_COMPRESSION))
    if message.type == "dictionary" or (message.type == "record batch" and compressed):
        raise InputError("the Arrow stream is compressed or has dictionaries: send plain columns")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (a line of a message)
