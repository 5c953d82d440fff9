"""Outputs on disk: all of them, or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gatecast._types import InputError
from gatecast.reporting import report, write

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment

FILES = {"report.html", "forecast.csv", "by_series.csv", "results.json"}


def content(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_it_writes_everything(experiment: Experiment, tmp_path: Path):
    out = write(
        experiment, tmp_path / "new" / "out", save_model=lambda path: path.write_bytes(b"weights")
    )
    found = content(out)
    assert found.keys() - {name for name in found if name.startswith("plots")} == (
        FILES | {"model.gatecast"}
    )
    assert sum(name.startswith("plots") for name in found) == 7
    assert all(found[name].startswith(b"\x89PNG") for name in found if name.startswith("plots"))
    assert json.loads(found["results.json"])["data"]["rows"] == 144
    assert found["model.gatecast"] == b"weights"
    table = pd.read_csv(out / "forecast.csv", parse_dates=["ds"], float_precision="round_trip")
    pd.testing.assert_frame_equal(table, experiment.forecast, check_exact=True)
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert out.stat().st_mode == out.parent.stat().st_mode


def test_own_files_are_replaced_and_others_left_alone(small_experiment: Experiment, tmp_path: Path):
    (tmp_path / "plots").mkdir()
    for name in ("results.json", "notes.txt", "plots/scores.png", "plots/mine.png"):
        (tmp_path / name).write_text("before")
    write(small_experiment, tmp_path)
    found = content(tmp_path)
    assert found["notes.txt"] == found["plots/mine.png"] == b"before"
    assert b"before" not in {found["results.json"], found["plots/scores.png"]}
    assert found.keys() >= FILES
    assert "model.gatecast" not in found


def failing(_: Path) -> None:
    raise RuntimeError("no weights")


def test_a_failure_leaves_the_directory_as_it_was(small_experiment: Experiment, tmp_path: Path):
    (tmp_path / "results.json").write_text("before")
    with pytest.raises(RuntimeError, match="no weights"):
        write(small_experiment, tmp_path, save_model=failing)
    assert content(tmp_path) == {"results.json": b"before"}


def test_a_failure_makes_no_directory(small_experiment: Experiment, tmp_path: Path):
    with pytest.raises(RuntimeError, match="no weights"):
        write(small_experiment, tmp_path / "out", save_model=failing)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_in_the_place_of_a_file_puts_everything_back(
    small_experiment: Experiment, tmp_path: Path
):
    (tmp_path / "forecast.csv").write_text("before")
    (tmp_path / "results.json").mkdir()
    with pytest.raises(InputError, match=r"results\.json is a directory"):
        write(small_experiment, tmp_path)
    assert content(tmp_path) == {"forecast.csv": b"before"}
    assert {path.name for path in tmp_path.iterdir()} == {"forecast.csv", "results.json"}


@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_file_in_the_way_is_the_users_error(
    small_experiment: Experiment, tmp_path: Path, place: str
):
    (tmp_path / "taken").write_text("mine")
    for call in (write, report) if "/" in place else (write,):
        with pytest.raises(InputError, match=r"taken.*: cannot be written: "):
            call(small_experiment, tmp_path / place)
    assert content(tmp_path) == {"taken": b"mine"}


def test_report_writes_one_file(small_experiment: Experiment, tmp_path: Path):
    target = tmp_path / "air.html"
    target.write_text("before")
    assert report(small_experiment, target, label="thousand passengers") == target
    assert "MAE, thousand passengers" in target.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [target]


def test_report_does_not_replace_a_directory(small_experiment: Experiment, tmp_path: Path):
    with pytest.raises(InputError, match="Is a directory"):
        report(small_experiment, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_same_experiment_gives_the_same_bytes(small_experiment: Experiment, tmp_path: Path):
    assert content(write(small_experiment, tmp_path / "a")) == content(
        write(small_experiment, tmp_path / "b")
    )
