"""Files in, frames in the user's own names out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gatecast
from gatecast._types import InputError
from gatecast.cli import options
from gatecast.cli.shared._show import note

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.forecasting import Estimator

_SINGLE = "unique_id"


@dataclass(frozen=True)
class Source:
    """Rows under the names of their file, so that a model asks for them by the same names.

    Attributes:
        frame: the rows.
        id_col: tells the series apart; "unique_id" where the file has no such column.
        time_col: times.
        targets: what is forecast.
    """

    frame: pd.DataFrame
    id_col: str
    time_col: str
    targets: tuple[str, ...]

    @property
    def names(self) -> dict[str, Any]:
        """The keywords of `fit` that name columns."""
        target = self.targets[0] if len(self.targets) == 1 else self.targets
        return {"id_col": self.id_col, "time_col": self.time_col, "target_col": target}

    @property
    def seen(self) -> pd.DataFrame:
        """The rows in which something was observed."""
        return self.frame.dropna(subset=list(self.targets), how="all")


def read(
    data: options.Data, columns: options.Columns, exog: Sequence[str], *, quiet: bool
) -> Source:
    """Read the rows and tell which columns were taken, if they had to be found."""
    targets = options.names(columns.target) if columns.target else [None]
    found = _read(data.keywords, columns.identifier, columns.time, targets, exog)
    tell_columns(found.frame, columns, quiet=quiet)
    return found


def tell_columns(frame: pd.DataFrame, columns: options.Columns, *, quiet: bool) -> None:
    """Tell which columns were taken, if they had to be found."""
    if columns.all_named:
        return
    taken = gatecast.data.Columns.of(frame)
    wide = ", or --wide if each column is a series" if taken.also_numeric else ""
    note(f"columns: {taken} (others with --time, --target, --id{wide})", quiet=quiet)


def read_for(forecaster: Estimator, data: options.Data) -> Source:
    """Read rows that have the columns of the data that a model was fitted on."""
    names = forecaster.model_.columns
    return _read(data.keywords, _id_col(forecaster), names.ds, names.y)


def read_new(forecaster: Estimator, new: options.NewData) -> Source:
    """Read rows for an update: of a database, those later than what the model has seen.

    Files are read whole, so that a value which has changed since is noticed.
    """
    names, seen = forecaster.model_.columns, forecaster.last_seen_
    if not new.is_table:
        return read_for(forecaster, new)
    id_col = _id_col(forecaster) if new.wide or len(seen) == 1 else names.unique_id
    return _read(new.keywords | {"after": seen}, id_col, names.ds, names.y)


def read_future(forecaster: Estimator, file: str) -> pd.DataFrame:
    """Read what is known of the rows to forecast.

    Raises:
        InputError: if the model takes no such columns.
    """
    model = forecaster.model_
    if not model.members.futr_exog:
        raise InputError("this model knows no columns of the future: leave out --future")
    names = model.columns
    return gatecast.data.read_future(file, id_col=names.unique_id, time_col=names.ds)


def read_static(file: str | None, id_col: str) -> pd.DataFrame | None:
    """Read what does not change in time, one row per series.

    Raises:
        InputError: if the file does not exist or has no column that names the series.
    """
    if file is None:
        return None
    return gatecast.data.read_static(file, id_col)


def _id_col(forecaster: Estimator) -> str | None:
    name = forecaster.model_.columns.unique_id
    return None if name == _SINGLE else name


def _read(
    source: dict[str, Any],
    id_col: str | None,
    time_col: str | None,
    targets: Any,
    exog: Sequence[str] = (),
) -> Source:
    """The rows of a source, given by keywords of `read`."""
    frame = gatecast.read(
        **source, id_col=id_col, time_col=time_col, target_col=targets[0], exog=exog
    )
    columns = gatecast.data.Columns.of(frame)
    names = columns.id_col or _SINGLE, columns.time_col or "ds", columns.target_col
    renamed = frame.rename(columns=dict(zip(("unique_id", "ds", "y"), names, strict=True)))
    return Source(renamed, names[0], names[1], (names[2], *targets[1:]))
