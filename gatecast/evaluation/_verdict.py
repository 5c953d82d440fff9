"""The audited experiment in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gatecast.evaluation.baselines import LABELS
from gatecast.metrics import skill_score

_Record: TypeAlias = Mapping[str, Any]

TIE = 0.01
"""Errors that differ by less than this share count as level."""

REFERENCES = {
    "persistence": "repeating the last value",
    "seasonal_naive": "repeating the last season",
}


def verdict(one_step: Sequence[_Record], multi_step: Sequence[_Record]) -> str:
    """Tell an analyst in a few short sentences what the experiment found.

    Errors are compared by the median test RMSE over seeds; two within 1 % count as level. Records
    without a finite test RMSE are passed over.

    Args:
        one_step: `Experiment.one_step`.
        multi_step: `Experiment.multi_step`; may be empty.
    """
    near = sorted(filter(_scored, one_step), key=_rmse)
    far = sorted(filter(_scored, multi_step), key=_rmse)
    if any((near, far)) and not any(map(_rmse, [*near, *far])):
        return "No model makes an error on the test rows, so the simplest will do."
    framings = [record for record in near if record["kind"] == "framing"]
    sentences = [
        *_best("One step ahead", near),
        *_repeating(framings),
        *_seeds(framings),
        *_choice(near),
    ]
    if far:
        steps = far[0]["h"]
        horizon = f"{steps} step{'s' * (steps != 1)} from the end of training"
        sentences += [*_best(f"Over {horizon}", far), *_choice(far)]
    return " ".join(sentences) or "No model could be scored."


def _best(where: str, ranked: Sequence[_Record]) -> Iterator[str]:
    """Which model is best, and by how much against the naive forecasts."""
    if not ranked:
        return
    best = ranked[0]
    winners = [_label(record) for record in ranked if _rmse(record) == _rmse(best)]
    if len(winners) > 1:
        opening = f"{where}, {listed(winners)} tie for best with a test RMSE of {_figure(best)}"
    elif len(ranked) == 1:
        opening = f"{where}, only {winners[0]} was scored, with a test RMSE of {_figure(best)}"
    else:
        opening = f"{where}, {winners[0]} is best with a test RMSE of {_figure(best)}"
    gains = [
        f"{against(skill)} {phrase}"
        for reference, phrase in REFERENCES.items()
        if math.isfinite(skill := _skill(best, reference, ranked))
    ]
    yield ", ".join([opening, listed(gains)] if gains else [opening]) + "."


def _repeating(framings: Sequence[_Record]) -> Iterator[str]:
    """Which framings are no better than repeating the last value."""
    if not framings:
        return
    idle = [_label(record) for record in framings if record["mimics_persistence"]]
    worth = "better than repeating the last value"
    if len(framings) == 1:
        yield f"The {_label(framings[0])} framing is {'no ' if idle else ''}{worth}."
    elif not idle:
        yield f"Each of the {len(framings)} framings is {worth}."
    elif len(idle) == len(framings):
        yield f"None of the {len(framings)} framings is {worth}."
    else:
        verb = "is" if len(idle) == 1 else "are"
        yield f"Of the {len(framings)} framings, {listed(idle)} {verb} no {worth}."


def _seeds(framings: Sequence[_Record]) -> Iterator[str]:
    """How far the framings' errors depend on the seed."""
    if not framings:
        return
    repeated = [record for record in framings if record["seeds"] > 1]
    if not repeated:
        subject = "Each framing" if len(framings) > 1 else "The framing"
        yield f"{subject} was trained with a single seed, which means little."
        return
    widest = max(repeated, key=lambda r: r["test_rmse"]["max"] - r["test_rmse"]["min"])
    low, high = (f"{widest['test_rmse'][end]:.3g}" for end in ("min", "max"))
    if low != high:
        yield (
            f"A single seed means little: over {widest['seeds']} seeds, the test RMSE of"
            f" {_label(widest)} runs from {low} to {high}."
        )


def _choice(ranked: Sequence[_Record]) -> Iterator[str]:
    """Whether the networks beat the best baseline, and which model to use.

    The networks are the tuned LSTM and, if it is the best model of all, a framing; the advice
    goes with the better of the two.
    """
    networks = [record for record in ranked if record["kind"] == "lstm"][:1]
    baseline = next((record for record in ranked if record["kind"] == "baseline"), None)
    if baseline is None:
        return
    if ranked[0]["kind"] == "framing":
        networks.append(ranked[0])
    for record in networks:
        finding, advice = _compared(record, baseline)
        yield f"{finding}: {advice}." if record is networks[-1] else f"{finding}."


def _compared(record: _Record, baseline: _Record) -> tuple[str, str]:
    """How a network does against a baseline, and which of the two to use."""
    name = _label(baseline)
    subject = "the tuned LSTM" if record["kind"] == "lstm" else f"the {_label(record)} framing"
    ours = f"{subject[0].upper()}{subject[1:]} ({_figure(record)})"
    theirs = f"the best baseline, {name} ({_figure(baseline)})"
    gain = skill_score(_rmse(record), _rmse(baseline))
    if abs(gain) < TIE:
        return f"{ours} is level with {theirs}", f"use {name}, the simpler of the two"
    if gain < 0:
        return f"{ours} does not beat {theirs}", f"use {name}"
    if record.get("mimics_persistence"):
        return f"{ours} beats {theirs}, but so slightly that it may be chance", f"use {name}"
    chosen = "the LSTM" if record["kind"] == "lstm" else subject
    return f"{ours} beats {theirs}, by {gain:.0%}", f"use {chosen}"


def _skill(record: _Record, reference: str, ranked: Sequence[_Record]) -> float:
    """Skill against a reference as recorded, else from the reference's own record, else NaN."""
    if record["model"] == reference:
        return math.nan
    recorded = record.get(f"skill_vs_{reference}")
    if recorded is not None:
        return float(recorded)
    other = next((other for other in ranked if other["model"] == reference), None)
    return math.nan if other is None else skill_score(_rmse(record), _rmse(other))


def against(skill: float) -> str:
    """A skill in words, to go before what it is measured against."""
    if abs(skill) < TIE:
        return "level with"
    return f"{abs(skill):.0%} {'below' if skill > 0 else 'above'}"


def _rmse(record: _Record) -> float:
    value = record["test_rmse"]
    value = value["median"] if isinstance(value, Mapping) else value
    return math.nan if value is None else float(value)


def _scored(record: _Record) -> bool:
    return math.isfinite(_rmse(record))


def _figure(record: _Record) -> str:
    return f"{_rmse(record):.3g}"


def _label(record: _Record) -> str:
    if record["kind"] == "lstm":
        return "the tuned LSTM"
    return LABELS.get(record["model"], str(record["model"]).replace("_", " "))


def listed(words: Sequence[str]) -> str:
    """The words with commas and, before the last, an "and"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
