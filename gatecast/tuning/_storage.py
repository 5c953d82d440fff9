"""Where the trials of a search are kept: in memory, or in a database of Optuna's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.data import to_pandas
from gatecast.tuning._study import Study, Trial

optuna = lazy("optuna")

_TRIALS = "trials"


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna without its messages.

    Raises:
        InputError: it is not installed.
    """
    try:
        before = optuna.logging.get_verbosity()
    except ImportError:
        raise InputError(
            "a search with a budget needs Optuna: pip install 'gatecast[tune]'; or give space "
            "without budget and storage, which tries every combination"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def opened(storage: str | None, name: str) -> Any:
    """The Optuna study of a name, new or as it was left.

    Raises:
        InputError: the storage cannot be opened.
    """
    try:
        return optuna.create_study(
            storage=storage, study_name=name, direction="minimize", load_if_exists=True
        )
    except Exception as error:
        words = str(error).split("\n")[0]
        raise InputError(
            f"storage {storage!r} cannot be opened ({words}); give such as 'sqlite:///trials.db'"
        ) from error


def name_of(search: Study, df: Any, random_seed: int) -> str:
    """A name that is the same for the same search alone: its model, space, windows and rows."""
    static, rest = search.plan.static_df, replace(search.plan, static_df=None)
    told = (search.model.to_json(), dict(search.space.values), rest, random_seed)
    parts = [repr(told).encode(), _digest(df), b"" if static is None else _digest(static)]
    return f"gatecast-{hashlib.sha256(b'|'.join(parts)).hexdigest()[:16]}"


def _digest(df: Any) -> bytes:
    frame = to_pandas(df)
    frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
    rows = pd.util.hash_pandas_object(frame).to_numpy()
    return hashlib.sha256(rows.tobytes() + repr([*frame.columns]).encode()).digest()


def keep(trial: Any, made: list[Trial]) -> None:
    """Write what was tried into a trial of Optuna."""
    trial.set_user_attr(_TRIALS, json.dumps([asdict(each) for each in made]))


def kept(attributes: Mapping[str, Any]) -> list[Trial]:
    """What was tried, as `keep` wrote it."""
    return [Trial(**each) for each in json.loads(attributes.get(_TRIALS, "[]"))]
