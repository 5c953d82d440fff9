"""Samples of synthetic series as the recipe frames them, drawn and framed on the device."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gatecast.forecasting import pretrained
from gatecast.framing import Rows, SampleInputs
from pretraining._families import drawn, finished
from pretraining._random import Draws


class Calendar(NamedTuple):
    """Series of one step of the calendar.

    Attributes:
        season: rows per season.
        share: of all series.
        ahead: rows of their future.
    """

    season: int
    share: float
    ahead: int


# Years, quarters and months; then weeks, days and hours, whose trends are slower from row to row.
SHORT = (Calendar(1, 0.3, 48), Calendar(4, 0.22, 60), Calendar(12, 0.28, 120))
LONG = (Calendar(52, 0.06, 120), Calendar(7, 0.07, 336), Calendar(24, 0.07, 720))
# Seasons shorter than this many rows of history are not learnt from; years need as many rows.
_FEWEST_SEASONS, _FEWEST_ROWS = 1.5, 7
_WHOLE = 0.25
# No target of the next 24 rows lies so many spreads from its level; those that do would be all that
# is learnt.
_FURTHEST, _NEAR = 80, 24
_WITH_GAPS, _MOST_GAPS = 0.1, 0.4


class Pool(NamedTuple):
    """Samples of each member.

    Attributes:
        inputs: [members, samples, ...] what networks read.
        y: [members, samples, rows ahead, 1] what they should say, NaN where nothing was drawn.
        spread: [members, samples, 1, 1] what the window was divided by.
    """

    inputs: SampleInputs
    y: Any
    spread: Any


def pool(key: Any, prior: str, members: int, samples: int) -> Pool:
    """Draw samples for each member.

    Args:
        key: the same key draws the same samples.
        prior: one of `PRIORS`.
        members: each gets samples of its own.
        samples: how many each gets.
    """
    every = (*SHORT, *LONG)
    ends = np.round(np.cumsum([0, *(each.share for each in every)]) * samples).astype(int)
    counts = dict(zip(every, np.diff(ends).tolist(), strict=True))
    parts = [
        part
        for place, group in enumerate((SHORT, LONG))
        for part in _group(
            jax.random.fold_in(key, place),
            prior,
            members,
            {each: counts[each] for each in group},
        )
    ]
    together: Pool = jax.tree.map(lambda *each: jnp.concatenate(each, axis=1), *parts)
    return together


def _group(key: Any, prior: str, members: int, counts: dict[Calendar, int]) -> list[Pool]:
    """Samples of some calendars, whose series are drawn together."""
    rows = {each: _past(each) + each.ahead for each in counts}
    longest, total = max(rows.values()), members * sum(counts.values())
    base = drawn(jax.random.fold_in(key, 0), prior, total, longest)
    parts, first = [], 0
    for each, count in counts.items():
        own = jax.tree.map(lambda part: part[first : first + members * count], base)  # noqa: B023
        first += members * count
        own = own._replace(y=own.y[:, -rows[each] :])
        one, two = jax.random.split(jax.random.fold_in(key, each.season))
        found = framed(Draws(two, len(own.y)), finished(one, prior, own, each.season), each)
        parts.append(
            jax.tree.map(lambda array: array.reshape(members, count, *array.shape[1:]), found)  # noqa: B023
        )
    return parts


def _past(calendar: Calendar) -> int:
    return pretrained.framing(calendar.season, 1).look_back


def framed(draws: Draws, y: Any, calendar: Calendar) -> Pool:
    """One sample of each series, without an axis of members; of most the first rows are unknown.

    Args:
        draws: of as many series.
        y: [series, look_back + rows ahead] logarithms.
        calendar: of the series.
    """
    series, rows = y.shape
    past = rows - calendar.ahead
    framing = pretrained.framing(calendar.season, calendar.ahead)
    y -= y[:, past - 1 : past]
    fewest = max(_FEWEST_ROWS, int(_FEWEST_SEASONS * calendar.season))
    known = jnp.floor(draws.uniform(fewest, past + 1)).astype(jnp.int32)
    known = jnp.where(draws.some(_WHOLE), past, known)
    position = np.arange(rows) - (past - known)
    gaps = draws.some(_WITH_GAPS) & draws.some(draws.uniform(0, _MOST_GAPS), rows)
    # The first known row and the newest one are there.
    observed = ~gaps | (position <= 0) | (np.arange(rows) >= past - 1)
    values = _filled(y, observed)
    sample = framing(
        Rows(
            values=values.reshape(-1, 1),
            targets=y.reshape(-1, 1),
            observed=observed.reshape(-1),
            # Rows before the first known one are padding.
            position=position.reshape(-1),
            remaining=jnp.tile(np.arange(rows)[::-1], series),
        ),
        np.arange(series) * rows + past,
    )
    ahead = np.array(pretrained.ROWS_AHEAD)
    there = ahead <= calendar.ahead
    furthest = _FURTHEST * np.maximum(1, ahead / _NEAR)[:, None]
    wanted = sample.wanted[:, np.minimum(ahead, calendar.ahead) - 1]
    wanted = jnp.where(there[:, None], jnp.clip(wanted, -furthest, furthest), jnp.nan)
    return Pool(sample.inputs, wanted, sample.spread)


def _filled(y: Any, observed: Any) -> Any:
    """[series, rows] with the last value before each gap in it."""
    place = jax.lax.cummax(jnp.where(observed, np.arange(y.shape[1]), 0), axis=1)
    return jnp.take_along_axis(y, place, axis=1)
