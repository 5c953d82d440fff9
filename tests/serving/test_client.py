"""The client, against a service that answers by hand."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import uvicorn
from small_service import IDS, NAME, content_of, fitted, rows_of

import gatecast
from gatecast.serving import ServiceError, Taken
from gatecast.serving.http import ServeSettings, create_app

Answer = Callable[[httpx.Request], httpx.Response]
ROWS = pd.DataFrame(
    {
        "unique_id": ["b", "a", "a"],
        "ds": pd.to_datetime(["2024-02-01", "2024-02-01", "2024-01-01"]),
        "y": [1.5, np.nan, 0.1 + 0.2],
    }
)


class Service:
    """Answers one request after the other, and keeps what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = iter(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json=answer)

    def body(self, place: int = -1) -> Any:
        return json.loads(self.asked[place].content)


def client_of(service: Answer, **options: Any) -> gatecast.Client:
    settings = {"model": "air", "transport": httpx.MockTransport(service)} | options
    return gatecast.Client("http://service", "gc_key", **settings)


def refused(status: int, headers: dict[str, str] | None = None, **problem: Any) -> httpx.Response:
    media = {"content-type": "application/problem+json"}
    return httpx.Response(status, json=problem, headers=media | (headers or {}))


def forecast_of(*values: float) -> dict[str, Any]:
    days = pd.date_range("2024-03-01", periods=len(values), freq="MS").strftime("%Y-%m-%d")
    return {"forecast": [{"ds": ds, "LSTM": y} for ds, y in zip(days, values, strict=True)]}


def test_rows_are_sent_in_order_of_time():
    service = Service({"accepted": 2, "duplicates": 1})
    with client_of(service) as client:
        assert client.update(ROWS) == Taken(accepted=2, duplicates=1)
    (request,) = service.asked
    assert str(request.url) == "http://service/v1/models/air/observations"
    assert request.headers["Authorization"] == "Bearer gc_key"
    assert service.body() == {
        "observations": [
            {"unique_id": "a", "ds": "2024-01-01", "y": 0.1 + 0.2},
            {"unique_id": "b", "ds": "2024-02-01", "y": 1.5},
            {"unique_id": "a", "ds": "2024-02-01", "y": None},
        ]
    }


def test_columns_may_have_names_of_their_own():
    service = Service({"accepted": 1, "duplicates": 0})
    df = pd.DataFrame({"shop": [7], "day": [12], "sales": [3], "price": [2.5], "kind": ["new"]})
    with client_of(service) as client:
        client.update(df, id_col="shop", time_col="day", target_col="sales")
    row = {"unique_id": "7", "ds": 12, "y": 3, "price": 2.5, "kind": "new"}
    assert service.body()["observations"] == [row]


def test_many_rows_are_sent_in_parts():
    count = 25_000
    df = pd.DataFrame({"unique_id": "a", "ds": np.arange(count), "y": 1.0})
    service = Service(*[{"accepted": 10_000, "duplicates": 0}] * 3)
    with client_of(service) as client:
        client.update(df)
    parts = [service.body(place)["observations"] for place in range(3)]
    assert [len(part) for part in parts] == [10_000, 10_000, 5_000]
    assert [row["ds"] for part in parts for row in part] == list(range(count))
    assert len({request.headers["Idempotency-Key"] for request in service.asked}) == 3


@pytest.mark.parametrize(
    ("make", "kind"),
    [(pd.DataFrame, pd.DataFrame), (pl.DataFrame, pl.DataFrame), (pa.table, pa.Table)],
)
def test_results_are_in_the_library_of_the_input(make: Any, kind: type):
    frame = make({"unique_id": ["a"], "ds": [1], "y": [2.0]})
    service = Service(
        {"accepted": 1, "duplicates": 0},
        {"forecast": [{"ds": 2, "LSTM": 2.5}]},
        {"observations": [{"ds": 1, "y": 2.0, "others": {"price": 3.0}, "forecast": None}]},
    )
    with client_of(service) as client:
        client.update(frame)
        forecast, history = client.predict(ids=["a"]), client.history("a")
    assert isinstance(forecast, kind)
    assert isinstance(history, kind)
    (row,) = gatecast.data.to_records(gatecast.data.to_pandas(history))
    assert (row["unique_id"], row["ds"], row["y"], row["price"]) == ("a", 1, 2.0, 3.0)
    assert gatecast.data.to_records(gatecast.data.to_pandas(forecast)) == [
        {"unique_id": "a", "ds": 2, "LSTM": 2.5}
    ]


def test_forecasts_of_some_series():
    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.raw_path.decode().split("/")[5]
        levels = [("level", "80.0"), ("level", "97.5")]
        assert request.url.params.multi_items() == [("h", "2"), *levels]
        return httpx.Response(200, json=forecast_of({"a": 1.0, "b%2Fc%3F": 3.0}[name], 2.0))

    with client_of(answer) as client:
        found = client.predict(2, [80.0, 97.5], ids=["b/c?", "a"])
    assert found["unique_id"].tolist() == ["b/c?", "b/c?", "a", "a"]
    assert found["LSTM"].tolist() == [3.0, 2.0, 1.0, 2.0]
    assert found["ds"].tolist() == [*pd.to_datetime(["2024-03-01", "2024-04-01"])] * 2


def test_columns_of_the_future_are_told_first():
    future = pl.DataFrame({"unique_id": ["a"], "ds": [3], "price": [2.5]})
    service = Service({"accepted": 0, "duplicates": 0}, {"forecast": [{"ds": 3, "LSTM": 1.0}]})
    with client_of(service) as client:
        found = client.predict(ids=["a"], futr_df=future)
    assert isinstance(found, pl.DataFrame)
    row = {"unique_id": "a", "ds": 3, "price": 2.5}
    assert service.body(0) == {"observations": [], "futr": [row]}


def test_all_series_are_forecast():
    service = Service(
        {"series": ["a", "b"], "next": "b"}, {"series": [], "next": None}, *[forecast_of(1.0)] * 2
    )
    with client_of(service) as client:
        assert client.predict()["unique_id"].tolist() == ["a", "b"]
    first, second = (request.url.params.get("after") for request in service.asked[:2])
    assert (first, second) == (None, "b")


def test_the_only_model_is_meant():
    service = Service({"models": [{"name": "a b"}]}, forecast_of(1.0), forecast_of(1.0))
    with client_of(service, model=None) as client:
        client.predict(ids=["x"])
        client.predict(ids=["x"])
    paths = [request.url.raw_path.decode() for request in service.asked]
    assert paths == ["/v1/models", *["/v1/models/a%20b/series/x/forecast"] * 2]
    service = Service({"models": [{"name": "air"}, {"name": "rain"}]})
    with (
        client_of(service, model=None) as client,
        pytest.raises(gatecast.InputError, match="'air', 'rain'"),
    ):
        client.predict(ids=["x"])


def test_a_refused_row_is_named_as_in_the_frame():
    # Sorted by time, the frame's last row is the first that is sent.
    service = Service(refused(422, detail="'x' is no number", row=0))
    with client_of(service) as client, pytest.raises(gatecast.InputError) as error:
        client.update(ROWS)
    assert str(error.value) == "row 2: 'x' is no number"


@pytest.mark.parametrize(
    ("df", "words"),
    [
        (ROWS.drop(columns="ds"), "no column 'ds'"),
        (ROWS.assign(y=[1.0, np.inf, 2.0]), "row 1: y is infinite"),
        (3, "expected a data frame"),
    ],
)
def test_a_frame_that_cannot_be_sent(df: Any, words: str):
    service = Service()
    with client_of(service) as client, pytest.raises(gatecast.InputError, match=words):
        client.update(df)
    assert not service.asked


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_the_service_refuses_is_not_asked_again(status: int):
    service = Service(refused(status, title="no", detail="series 'q' is unknown"))
    with (
        client_of(service) as client,
        pytest.raises(gatecast.InputError, match="'q' is unknown"),
    ):
        client.predict(ids=["q"])
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("gone"),
        refused(429, {"Retry-After": "0"}, title="too many"),
        refused(503, {"Retry-After": format_datetime(datetime.now(UTC), usegmt=True)}),
    ],
)
def test_what_may_pass_is_asked_again(trouble: Any):
    service = Service(trouble, {"accepted": 3, "duplicates": 0})
    with client_of(service) as client:
        assert client.update(ROWS).accepted == 3
    first, second = (
        (request.content, request.headers["Idempotency-Key"]) for request in service.asked
    )
    assert first == second


@pytest.mark.parametrize("as_date", [False, True])
def test_the_wait_that_the_service_names_is_kept(*, as_date: bool):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    after = until if as_date else "0.6"
    service = Service(refused(503, {"Retry-After": after}), forecast_of(1.0))
    begun = time.monotonic()
    with client_of(service) as client:
        client.predict(ids=["a"])
    assert time.monotonic() - begun >= 0.6


def test_it_gives_up_in_the_end():
    service = Service(*[refused(503, {"Retry-After": "0"}, detail="no database")] * 3)
    with (
        client_of(service, retries=2) as client,
        pytest.raises(ServiceError, match=r"http://service does not answer .*: no database"),
    ):
        client.predict(ids=["a"])
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    "answer", [refused(500, title="Internal error"), httpx.Response(200, text="<html>")]
)
def test_a_service_that_fails(answer: httpx.Response):
    with client_of(Service(answer)) as client, pytest.raises(ServiceError):
        client.predict(ids=["a"])


def test_no_address():
    with pytest.raises(gatecast.InputError, match="localhost:8000"):
        gatecast.Client("localhost")


class Lines(httpx.SyncByteStream):
    """A body that may break."""

    def __init__(self, *parts: bytes, breaks: bool = False) -> None:
        self.parts, self.breaks = parts, breaks

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        if self.breaks:
            raise httpx.ReadError("gone")


def test_a_stream_goes_on_after_its_connection_breaks():
    service = Service(
        httpx.Response(
            200, stream=Lines(b': hello\nid: 7\ndata: {"a":\ndata: 1}\n\nda', breaks=True)
        ),
        refused(503, {"Retry-After": "0"}),
        httpx.Response(
            200, stream=Lines(b"event: forecast\r\nid: 8\r\n", b'data: {"a": 2}\r\n\r\n')
        ),
    )
    with client_of(service) as client:
        events = client.stream("x")
        assert [next(events), next(events)] == [{"a": 1}, {"a": 2}]
        events.close()
    lasts = [request.headers.get("Last-Event-ID") for request in service.asked]
    assert lasts == [None, "7", "7"]


def test_a_stream_of_an_unknown_series():
    with (
        client_of(Service(refused(404, detail="no series 'x'"))) as client,
        pytest.raises(gatecast.InputError, match="no series 'x'"),
    ):
        next(client.stream("x"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service on a free port of the loopback address."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "small.gatecast").write_bytes(content_of(fitted(rows_of(IDS, 0, 30)), folder))
    settings = ServeSettings(
        f"sqlite:///{folder / 'state.db'}",
        {NAME: folder / "small.gatecast"},
        auth=False,
        log=False,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(create_app(settings), port=port, log_level="critical", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_a_real_service(address: str):
    rows = rows_of(IDS, 30, 4)
    with gatecast.Client(address) as client:
        assert client.update(rows) == Taken(12, 0)
        assert client.update(rows) == Taken(0, 12)
        found = client.predict(3)
        expected = fitted(rows_of(IDS, 0, 30)).update(rows).predict(3)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)
        history = client.history("a", last=2)
        assert history["y"].tolist() == rows.query("unique_id == 'a'")["y"].tolist()[-2:]
        # A young series has no forecast, and those of the others are made.
        client.update(rows_of(["young"], 0, 2))
        assert client.predict(1)["unique_id"].tolist() == [*IDS]
        with pytest.raises(gatecast.InputError, match="'young' has 2 rows"):
            client.predict(1, ids=["young"])
        with pytest.raises(gatecast.InputError, match="did you mean 'young'"):
            client.predict(ids=["yuong"])
        with pytest.raises(gatecast.InputError, match=r"^row 1: .*is before the first row"):
            client.update(rows.iloc[:2].assign(unique_id=["a", "young"], ds=["2019-01-01"] * 2))


def test_a_real_stream(address: str):
    with gatecast.Client(address) as client:
        events = client.stream("b")
        first = next(events)
        client.update(rows_of(["b"], 34, 1))
        second = next(events)
        events.close()
    assert first["as_of"] < second["as_of"]
