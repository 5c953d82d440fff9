"""`gatecast run` from a file to a report, in a process of its own."""

import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from shells import Ended, Shell

RESULTS = {
    "data": {"series", "rows", "freq", "train", "test"},
    "ranked_by": None,
    "one_step": {
        "model",
        "kind",
        "seeds",
        "train_rmse",
        "test_rmse",
        "test_mae",
        "test_mase",
        "test_rmsse",
        "skill_vs_persistence",
        "skill_vs_seasonal_naive",
        "mimics_persistence",
        "seconds",
    },
    "multi_step": {
        "model",
        "kind",
        "h",
        "test_rmse",
        "test_mae",
        "test_mase",
        "test_rmsse",
        "skill_vs_persistence",
        "skill_vs_seasonal_naive",
    },
    "forecast": {"unique_id", "ds", "LSTM", "LSTM-lo-80", "LSTM-hi-80", "LSTM-lo-95", "LSTM-hi-95"},
    "verdict": None,
    "versions": {"gatecast", "keras", "jax", "numpy", "pandas", "statsforecast"},
    "seconds": {"import", "compile", "train", "total"},
}
FILES = {"report.html", "forecast.csv", "by_series.csv", "model.gatecast", "results.json", "plots"}
FRAMINGS = ["regression", "window", "time steps", "stateful", "stacked stateful"]
METERS = {"A-1": 400, "A-2": 380, "b 3": 410}
START = pd.Timestamp("2024-01-15")
HORIZON = 24


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def parse(text: str) -> Any:
    """One JSON document by the letter: no NaN."""
    return json.loads(text, parse_constant=refuse_constant)


def check_results(found: dict[str, Any]) -> None:
    assert found.keys() == RESULTS.keys()
    for name, keys in RESULTS.items():
        records = found[name] if isinstance(found[name], list) else [found[name]]
        assert all(keys is None or record.keys() == keys for record in records), name
    for record in found["one_step"]:
        for part in ("train_rmse", "test_rmse"):
            assert list(record[part]) == ["median", "min", "max"]
            assert record[part]["min"] <= record[part]["median"] <= record[part]["max"]
    names = [record["model"] for record in found["one_step"]]
    kinds = [record["kind"] for record in found["one_step"]]
    assert names[:6] == [*FRAMINGS, "LSTM"]
    assert kinds == ["framing"] * 5 + ["lstm"] + ["baseline"] * (len(kinds) - 6)
    assert {"persistence", "seasonal_naive"} <= set(names)


@pytest.mark.slow
def test_a_small_file_to_json(shell: Shell, tmp_path: Path):
    months = pd.period_range("2020-01", periods=36, freq="M")
    level = 100 + np.arange(36) + np.random.default_rng(3).normal(0, 2, 36)
    rows = "".join(f"{month},{value:.1f}\n" for month, value in zip(months, level, strict=True))
    (tmp_path / "visits.csv").write_text(f"month,visits\n{rows}")
    code, out, err = shell("run", "visits.csv", "--seeds", 2, "--json", cwd=tmp_path)
    assert code == 0, err
    found = parse(out)
    check_results(found)
    assert found["data"] == {"series": 1, "rows": 36, "freq": "MS", "train": 24, "test": 12}
    assert [row["ds"] for row in found["forecast"][:2]] == ["2023-01-01", "2023-02-01"]
    assert len(found["forecast"]) == 12
    # Persistence, by hand: each month is forecast by the one before it.
    rounded = np.round(level, 1)
    persistence = next(r for r in found["one_step"] if r["model"] == "persistence")
    error = np.sqrt(np.mean(np.diff(rounded)[23:] ** 2))
    assert persistence["test_rmse"]["median"] == pytest.approx(error)
    assert {file.name for file in (tmp_path / "gatecast-report").iterdir()} == FILES


class Acceptance(NamedTuple):
    """What a user has after one command on a file of meters."""

    folder: Path
    out: Path
    ended: Ended
    results: dict[str, Any]
    forecast: pd.DataFrame


@pytest.fixture(scope="module")
def acceptance(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Acceptance:
    folder = tmp_path_factory.mktemp("acceptance")
    random = np.random.default_rng(11)
    parts = []
    for place, (meter, rows) in enumerate(METERS.items()):
        hour = np.arange(rows)
        use = 5 + place + 2 * np.sin(2 * np.pi * hour / 24) + random.normal(0, 0.3, rows)
        times = pd.date_range(START, periods=rows, freq="h").strftime("%d.%m.%Y %H:%M")
        part = pd.DataFrame({"Zeitpunkt": times, "Verbrauch kWh": use.round(3), "Zähler": meter})
        parts.append(part.drop(index=range(100, 103)) if meter == "A-2" else part)
    pd.concat(parts).to_csv(folder / "meters.csv", index=False)
    options = ["--quick", "--seeds", 2, "--horizon", HORIZON, "--out", "report"]
    ended = shell("run", "meters.csv", *options, cwd=folder)
    assert ended.code == 0, ended.err
    out = folder / "report"
    results = parse((out / "results.json").read_text(encoding="utf-8"))
    return Acceptance(folder, out, ended, results, pd.read_csv(out / "forecast.csv"))


@pytest.mark.slow
def test_columns_and_notes_are_told(acceptance: Acceptance):
    told = acceptance.ended.err.splitlines()
    assert told[0].startswith("columns: time 'Zeitpunkt', target 'Verbrauch kWh', id 'Zähler'")
    (note,) = [line for line in told if line.startswith("note: ")]
    assert "3 of 1,190" in note
    assert "'A-2' at 2024-01-19 04:00" in note
    assert acceptance.results["verdict"] in " ".join(acceptance.ended.out.split())


@pytest.mark.slow
def test_results(acceptance: Acceptance):
    check_results(acceptance.results)
    train = sum(int(0.67 * rows) for rows in METERS.values())
    assert acceptance.results["data"] == {
        "series": 3,
        "rows": 1190,
        "freq": "h",
        "train": train,
        "test": 1190 - train,
    }


@pytest.mark.slow
def test_forecast_begins_after_the_last_row_of_each_id(acceptance: Acceptance):
    forecast = acceptance.forecast
    assert forecast.columns.tolist() == list(acceptance.results["forecast"][0])
    assert forecast["unique_id"].unique().tolist() == sorted(METERS)
    for meter, rows in METERS.items():
        times = pd.to_datetime(forecast.loc[forecast["unique_id"] == meter, "ds"])
        first = START + pd.Timedelta(rows, "h")
        assert times.tolist() == pd.date_range(first, periods=HORIZON, freq="h").tolist()
    for level in (80, 95):
        assert (forecast[f"LSTM-lo-{level}"] < forecast["LSTM"]).all()
        assert (forecast["LSTM"] < forecast[f"LSTM-hi-{level}"]).all()
    assert (forecast["LSTM-lo-95"] <= forecast["LSTM-lo-80"]).all()
    # A sine of amplitude 2 under noise of 0.3 is easily told from its mean.
    place = forecast["unique_id"].map(list(METERS).index)
    hour = pd.to_datetime(forecast["ds"]).dt.hour
    truth = 5 + place + 2 * np.sin(2 * np.pi * hour / 24)
    assert np.sqrt(np.mean((forecast["LSTM"] - truth) ** 2)) < 0.7


@pytest.mark.slow
def test_files(acceptance: Acceptance):
    assert {file.name for file in acceptance.out.iterdir()} == FILES
    assert sorted(file.name for file in acceptance.folder.iterdir()) == ["meters.csv", "report"]
    pictures = list((acceptance.out / "plots").iterdir())
    assert len(pictures) >= 5
    for picture in pictures:
        kinds = [kind for kind, _ in png_chunks(picture.read_bytes())]
        assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
        assert b"IDAT" in kinds


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and data of each chunk, checksums verified (PNG specification, section 5)."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    place = 8
    while place < len(content):
        size = int.from_bytes(content[place : place + 4])
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + size]
        checksum = int.from_bytes(content[place + 8 + size : place + 12 + size])
        assert zlib.crc32(kind + data) == checksum
        yield kind, data
        place += 12 + size


@pytest.mark.slow
def test_the_report_needs_no_network(acceptance: Acceptance):
    page = (acceptance.out / "report.html").read_text(encoding="utf-8")
    # The names of XML vocabularies look like addresses, but nothing is fetched from them.
    rest = re.sub(r"xmlns(:\w+)?=\"[^\"]*\"", "", page)
    assert not re.findall(r"(?:https?:)?//[\w.-]+\.\w+", rest)
    assert "Verbrauch kWh" in page
    assert acceptance.results["verdict"].split(".")[0] in page


@pytest.mark.slow
def test_the_saved_model_forecasts_the_same(acceptance: Acceptance, shell: Shell):
    model = "report/model.gatecast"
    code, out, _ = shell("forecast", model, "--h", 6, "--json", cwd=acceptance.folder)
    assert code == 0
    rows = pd.DataFrame(parse(out))
    first = acceptance.forecast.groupby("unique_id").head(6).reset_index(drop=True)
    values = first.columns.drop("ds").tolist()
    pd.testing.assert_frame_equal(rows[values], first[values], rtol=1e-5)
    # Midnight is among these hours; every one is written alike.
    times = pd.to_datetime(rows["ds"], format="%Y-%m-%dT%H:%M:%S")
    assert times.tolist() == pd.to_datetime(first["ds"]).tolist()
    assert len({len(row["ds"]) for row in acceptance.results["forecast"]}) == 1


@pytest.mark.slow
def test_quiet_with_a_query_and_integer_times(shell: Shell, tmp_path: Path):
    rows = "".join(f"{5 * n},{n % 6 + 0.1 * (n % 5)},{n % 4}\n" for n in range(40))
    (tmp_path / "load.csv").write_text(f"step,load,other\n{rows}")
    query = "SELECT step, load + other AS total FROM 'load.csv'"
    options = ["--seeds", 2, "--horizon", 3, "--quiet", "--out", "quiet"]
    code, out, err = shell("run", "--sql", query, *options, cwd=tmp_path)
    assert (code, out) == (0, "")
    # A warning is told even so: here that few windows say little about 95 %.
    assert re.fullmatch(r"note: \d+ held-back windows calibrate intervals up to .*\n", err)
    forecast = pd.read_csv(tmp_path / "quiet" / "forecast.csv")
    assert forecast["ds"].tolist() == [200, 205, 210]
    results = parse((tmp_path / "quiet" / "results.json").read_text())
    check_results(results)
    assert results["data"]["freq"] == 5
    assert [row["ds"] for row in results["forecast"]] == [200, 205, 210]
