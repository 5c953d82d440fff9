"""Whether a version of a model can read the log that another one has served from."""

from __future__ import annotations

from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving._served import Served


def check_fits(connection: Connection, serving: Served, candidate: Served) -> None:
    """Check that a version can read the log that another one has served from.

    Raises:
        InputError: naming what does not fit.
    """
    name = f"the new version of model {serving.name!r}"
    old, new = serving.model.context.panel, candidate.model.context.panel
    for what, was, now in (
        ("freq", serving.model.freq, candidate.model.freq),
        ("target", tuple(old.targets), tuple(new.targets)),
        ("time", old.ds.dtype.kind, new.ds.dtype.kind),
    ):
        if was != now:
            raise InputError(
                f"{name} does not fit the stored observations: its {what} is {_shown(now)}, theirs "
                f"{_shown(was)}; serve it under another name"
            )
    missing = sorted(set(candidate.exog) - set(serving.exog))
    if missing:
        raise InputError(
            f"{name} reads the column {missing[0]!r}, which the stored observations do not have; "
            "serve it under another name"
        )
    for unique_id in [] if candidate.takes_any else store.ids_of(connection, serving.name):
        if not candidate.takes(unique_id):
            raise InputError(
                f"{name} takes only the series it was fitted on, and {unique_id!r}, which is "
                "stored, is none of them; fit it on all series"
            )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(repr, value))
    return {"M": "a date", "i": "an integer"}.get(str(value), repr(value))
