"""What `--record` writes, and what `python -m benchmarks.results` makes of it."""

import argparse
import csv
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import results
from benchmarks._figures import courses, current, met, read, shown
from benchmarks._record import COLUMNS, FILE, Record, command, commit, machine, recording
from benchmarks._report import print_results
from benchmarks._results_page import page, short

HERE = Path(__file__).parents[1] / "benchmarks"
RUN = "python -m benchmarks.memory"


def record(path: Path, run: str = RUN, of: str = "abc1234") -> Record:
    return Record(path, "2026-11-27", of, run)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S607


def written(folder: Path, *runs: dict[str, float], run: str = RUN) -> pd.DataFrame:
    path = folder / "some.csv"
    for place, figures in enumerate(runs):
        record(path, run, f"commit{place}").append(figures, {"peak_mib": "<=100"})
    return read(path)


# Recording


def test_rows_are_appended_below_one_header(tmp_path: Path):
    path = tmp_path / "some.csv"
    record(path).append({"peak_mib": 916.0, "other": 1 / 3}, {"peak_mib": "<=1500"})
    record(path).append({"peak_mib": 900.0}, {})
    assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
    first, other, second = rows_of(path)
    assert first == {
        "date": "2026-11-27",
        "commit": "abc1234",
        "machine": machine(),
        "benchmark": "memory",
        "metric": "peak_mib",
        "value": "916",
        "target": "<=1500",
        "command": RUN,
    }
    assert (other["value"], other["target"]) == ("0.333333", "")
    assert second["value"] == "900"


def test_what_was_not_measured_is_no_row(tmp_path: Path):
    path = tmp_path / "some.csv"
    record(path).append({"peer_ms": float("nan"), "ours_ms": 1.0}, {})
    assert [row["metric"] for row in rows_of(path)] == ["ours_ms"]


def test_quick_forms_have_no_targets(tmp_path: Path):
    path = tmp_path / "some.csv"
    record(path, f"{RUN} --quick").append({"peak_mib": 1.0}, {"peak_mib": "<=1500"})
    assert rows_of(path)[0]["target"] == ""


@pytest.mark.parametrize(
    ("run", "name"),
    [
        (RUN, "memory"),
        ("python -X dev -m benchmarks.memory --quick", "memory"),
        ("python -m pretraining.compare --seeds 2", "pretraining.compare"),
    ],
)
def test_a_benchmark_is_named_by_its_module(tmp_path: Path, run: str, name: str):
    assert record(tmp_path / "some.csv", run).benchmark == name


@pytest.mark.parametrize(
    "options", ["--record m3-other", "m3-other --record", "--record-to=a.csv m3-other"]
)
def test_the_command_says_what_was_run(options: str):
    argv = ["/somewhere/python3", "-m", "benchmarks.accuracy", *options.split()]
    assert command(argv) == "python -m benchmarks.accuracy m3-other"
    assert command([*argv[:3], "--record-to", "a b.csv", "x y"]) == (
        "python -m benchmarks.accuracy 'x y'"
    )


def test_a_commit_with_changes_is_marked(tmp_path: Path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    assert commit(folder) == ""
    git(tmp_path, "init")
    (tmp_path / "code.py").write_text("1", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = commit(folder)
    assert re.fullmatch(r"[0-9a-f]{7,}", clean)
    (folder / FILE.name).write_text("a record", encoding="utf-8")
    assert commit(folder) == clean
    (tmp_path / "code.py").write_text("2", encoding="utf-8")
    assert commit(folder) == f"{clean}+"


def test_nothing_is_recorded_unless_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    parser = argparse.ArgumentParser(parents=[recording()])
    parser.add_argument("names", nargs="*")
    assert parser.parse_args(["a"]).record is None
    asked = parser.parse_args(["--record", "a"])
    assert asked.record.path == FILE
    assert asked.names == ["a"]
    assert asked.record.command.startswith("python ")
    path = tmp_path / "some.csv"
    asked = parser.parse_args(["--record-to", str(path)])
    print_results({"a": 1.0}, record=None)
    assert not path.exists()
    print_results({"a": 1.0}, record=asked.record, targets={"a": "<2"})
    assert "\na: 1\n" in capsys.readouterr().out
    assert rows_of(path)[0]["target"] == "<2"


def test_every_benchmark_can_record():
    names = {path.stem for path in HERE.glob("[a-z]*.py")} - {"results"}
    assert len(names) > 10
    for name in names:
        source = (HERE / f"{name}.py").read_text(encoding="utf-8")
        assert "parents=[recording()]" in source, name
        assert re.search(r"\brecord=\w+\.record\b", source), name


# Reading


@pytest.mark.parametrize(
    ("value", "target", "found"),
    [
        (1.5, "<=1.5", True),
        (1.6, "<=1.5", False),
        (13.01, "<13.01", False),
        (2, ">=2", True),
        (1.9, ">=2", False),
        (3, ">2", True),
        (78, "80±2", True),
        (82.1, "80±2", False),
        (77.9, "80±2", False),
        (3, "", None),
    ],
)
def test_targets(value: float, target: str, *, found: bool | None):
    assert met(value, target) is found


def test_a_target_is_a_comparison():
    with pytest.raises(ValueError, match="about 3"):
        met(1, "about 3")


def test_the_newest_figure_is_current(tmp_path: Path):
    rows = written(tmp_path, {"peak_mib": 120.0, "base_mib": 7.0}, {"peak_mib": 90.0})
    now = current(rows).set_index("metric")
    assert now.loc["peak_mib", ["value", "before", "met"]].tolist() == [90, 120, True]
    assert now.loc["base_mib", "value"] == 7
    assert now.loc["base_mib", "met"] is None
    (course,) = courses(rows, 5)
    assert course["value"].tolist() == [120, 90]


def test_figures_under_other_conditions_are_others(tmp_path: Path):
    accuracy = "python -m benchmarks.accuracy m3-other"
    for options in ("", " --validation", " --models auto  # not --validation"):
        rows = written(tmp_path, {"smape": 1.0}, run=accuracy + options)
    assert rows["conditions"].tolist() == ["", "--validation", ""]
    assert len(current(rows)) == 2
    assert shown(written(tmp_path, {"smape": 1.0}, run=f"{accuracy} --quick")).shape == rows.shape


def test_other_columns_are_refused(tmp_path: Path):
    path = tmp_path / "some.csv"
    path.write_text("date,value\n2026-11-27,1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="date, value"):
        read(path)


def test_the_record_is_sound():
    rows = read()
    assert len(rows) > 1000
    assert rows["value"].notna().all()
    assert (rows[["machine", "benchmark", "metric"]] != "").all(axis=None)
    assert rows["commit"].str.fullmatch(r"([0-9a-f]{7,}\+?)?").all()
    assert [date.fromisoformat(day) for day in rows["date"]] == sorted(
        date.fromisoformat(day) for day in rows["date"]
    )
    assert current(rows)["met"].notna().sum() > 20


# The page


def test_the_page_needs_nothing_outside_itself(tmp_path: Path):
    rows = written(
        tmp_path, {"peak_mib": 120.0, "<b>odd</b>": 1.0}, {"peak_mib": 140.0, "<b>odd</b>": 2.0}
    )
    html = page(rows)
    assert "0 of 1 targets are met. Missed: memory peak_mib." in html
    assert "Peak memory of fit on a long panel" in html
    assert html.count("<svg") == 1
    assert "<b>odd" not in html
    assert not re.findall(r'(?:src|href)="(?!#)', html)


def test_the_terminal_and_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    written(tmp_path, {"peak_mib": 120.0, "base_mib": 7.0})
    out = tmp_path / "page.html"
    argv = ["results", "--file", str(tmp_path / "some.csv"), "--out", str(out)]
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(sys, "argv", argv)
    results.main()
    printed = capsys.readouterr().out
    assert "peak_mib" in printed
    assert "missed" in printed
    assert "base_mib" not in printed
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    monkeypatch.setattr(sys, "argv", [*argv, "memory"])
    results.main()
    assert "base_mib" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*argv, "speed"])
    with pytest.raises(SystemExit):
        results.main()
    assert "known are memory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("Intel(R) Xeon(R) Processor, 2 cores", "Intel Xeon"),
        ("AMD EPYC (Zen 5, AVX-512), 2 cores", "AMD EPYC"),
        ("NVIDIA H100 80GB HBM3, 16 cores", "NVIDIA H100 80GB HBM3"),
    ],
)
def test_machines_have_short_names(machine: str, name: str):
    assert short(machine) == name
