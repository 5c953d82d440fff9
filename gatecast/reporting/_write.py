"""Outputs on disk, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from gatecast._files import put_in_place, staging, write_file
from gatecast._types import InputError
from gatecast.evaluation import Backtest, Experiment
from gatecast.reporting._backtest_facts import in_pandas
from gatecast.reporting._backtest_page import backtest_page
from gatecast.reporting._page import page
from gatecast.reporting._results import to_results
from gatecast.reporting.charts import backtest_figures, figures, png

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gatecast.reporting.charts import Figure


def report(found: Experiment | Backtest, path: str | os.PathLike[str], *, label: str = "y") -> Path:
    """Writes the HTML report: one file that works offline.

    Args:
        found: what `experiment` or `backtest` returned.
        path: the file to write; one that exists is replaced.
        label: the name or unit of `y`, for the axes.

    Returns:
        The path of the file.

    Raises:
        InputError: `path` is a directory or cannot be written, or `found` is neither.
    """
    target, known = Path(path), _known(found)
    drawn = _figures(known, label)
    html = _page(known, drawn, {figure.name: figure.svg() for figure in drawn}, label)
    _make_folder(target.parent)
    return write_file(target, lambda file: file.write_text(html, encoding="utf-8"))


def write(
    found: Experiment | Backtest,
    out: str | os.PathLike[str],
    *,
    save_model: Callable[[Path], object] | None = None,
    label: str = "y",
) -> Path:
    """Writes `report.html`, `plots/*.png`, the numbers and the model.

    The numbers of an experiment are `forecast.csv`, `by_series.csv` and `results.json`; those of a
    backtest `forecasts.csv`, `scores.csv`, `by_series.csv`, `by_horizon.csv` and
    `significance.csv`. Everything is made aside and moved into place at the end; if anything fails,
    `out` stays as it was. Files of an earlier run are replaced, all other files are left alone.

    Args:
        found: what `experiment` or `backtest` returned.
        out: the directory, made if need be.
        save_model: writes the model to the path it is given, `out/model.gatecast`.
        label: the name or unit of `y`, for the axes.

    Returns:
        The path of the directory.

    Raises:
        InputError: `out` is a file, holds a directory where a file belongs, or cannot be written;
            or `found` is neither.
    """
    target, known = Path(out), _known(found)
    _make_folder(target.parent)
    try:
        # On the file system on which the files will be.
        with staging(target / "report.html" if target.is_dir() else target) as staged:
            _fill(staged / "new", known, label)
            if save_model:
                save_model(staged / "new" / "model.gatecast")
            _move(staged / "new", target)
    except OSError as error:
        raise _unwritable(target, error) from None
    return target


def _known(found: Experiment | Backtest) -> Experiment | Backtest:
    if isinstance(found, Experiment):
        return found
    if isinstance(found, Backtest):
        return in_pandas(found)
    kind = type(found).__name__
    raise InputError(f"a report is made of what experiment or backtest returned, got {kind}")


def _figures(found: Experiment | Backtest, label: str) -> list[Figure]:
    if isinstance(found, Experiment):
        return figures(found, label)
    return backtest_figures(found, label)


def _page(
    found: Experiment | Backtest, drawn: list[Figure], svgs: Mapping[str, str], label: str
) -> str:
    if isinstance(found, Experiment):
        return page(found, drawn, svgs, label)
    return backtest_page(found, drawn, svgs, label)


def _fill(folder: Path, found: Experiment | Backtest, label: str) -> None:
    """Every output but the model; each chart is drawn once, for the page and for its PNG."""
    drawn = _figures(found, label)
    svgs = {figure.name: figure.svg() for figure in drawn}
    (folder / "plots").mkdir(parents=True)
    for name, svg in svgs.items():
        (folder / "plots" / f"{name}.png").write_bytes(png(svg))
    html = _page(found, drawn, svgs, label)
    (folder / "report.html").write_text(html, encoding="utf-8")
    if isinstance(found, Backtest):
        for name in ("forecasts", "scores", "by_series", "by_horizon", "significance"):
            getattr(found, name).to_csv(folder / f"{name}.csv", index=False)
        return
    results = json.dumps(to_results(found), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "results.json").write_text(f"{results}\n", encoding="utf-8")
    for name in ("forecast", "by_series"):
        getattr(found, name).to_csv(folder / f"{name}.csv", index=False)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(place: Path, error: OSError) -> InputError:
    return InputError(f"{place}: cannot be written: {error.strerror or error}")


def _move(staged: Path, target: Path) -> None:
    """Moves every staged file to its place in `target`; on failure, puts everything back."""
    kept = staged.with_name("old")
    with ExitStack() as undo:
        if not target.exists():
            target.mkdir()
            undo.callback(target.rmdir)
        for file in sorted(staged.rglob("*")):
            name = file.relative_to(staged)
            place, old = target / name, kept / name
            if file.is_dir():
                if not place.exists():
                    place.mkdir()
                    undo.callback(place.rmdir)
                continue
            if place.is_dir():
                raise IsADirectoryError(f"{place} is a directory")
            if place.exists():
                # A copy: whenever the process is killed, the place holds one of the two.
                old.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(place, old)
                undo.callback(put_in_place, old, place)
            else:
                undo.callback(place.unlink, missing_ok=True)
            put_in_place(file, place)
        undo.pop_all()
