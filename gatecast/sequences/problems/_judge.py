"""How answers about held-back sequences do beside those of baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gatecast._types import Floats
from gatecast._wording import count, p_value
from gatecast.metrics import SIGNIFICANCE, diebold_mariano
from gatecast.sequences.problems._problems import Problem

NOT_JUDGED = "No sequence was held back, so nothing is known about how good this is."


@dataclass(frozen=True)
class Judged:
    """What is known about how good networks are.

    Attributes:
        report: one row per model, the best first: `model`, `kind` ("network" or "baseline") and
            its metrics; no row where no sequence was held back.
        verdict: the same in plain words.
    """

    report: pd.DataFrame
    verdict: str = NOT_JUDGED


def judge(problem: Problem, name: str, answers: Mapping[str, Floats], y: Any) -> Judged:
    """Compare answers about sequences that no model has seen.

    The network is to be used if it is shown to be better than the best baseline, by a paired t-test
    at 5 % of the loss of each sequence; else the baseline is, which is simpler.

    Args:
        problem: what was learnt.
        name: of the network.
        answers: of the network, then of each baseline, the simplest first, by name.
        y: [sequences] the true labels.
    """
    scores = {model: problem.scores(found, y) for model, found in answers.items()}
    losses = {model: problem.losses(found, y) for model, found in answers.items()}
    # Of equally good models the simplest is the first, and the network the last.
    models = sorted([*[*answers][1:], name], key=lambda model: float(losses[model].mean()))
    best = next(model for model in models if model != name)
    ours, theirs = (problem.told(next(iter(scores[model].values()))) for model in (name, best))
    seen = (
        f"On {count(len(y), 'sequence')} that were held back, the {name} has {ours}, "
        f"the best baseline ({best}) {theirs}."
    )
    kinds = {model: "network" if model == name else "baseline" for model in models}
    report = pd.DataFrame(
        [{"model": model, "kind": kinds[model], **scores[model]} for model in models]
    )
    return Judged(report, f"{seen} {_advice(name, losses[name], losses[best])}")


def _advice(name: str, ours: Floats, theirs: Floats) -> str:
    # Of one step ahead the Diebold-Mariano test is the paired t-test.
    p = diebold_mariano(ours, theirs, power=1).p_value
    shown = p_value(p) if p_value(p).startswith("below") else f"= {p_value(p)}"
    test = f"(paired t-test, p {shown})"
    if ours.mean() >= theirs.mean():
        return "Use the baseline: it is simpler, and no worse."
    if p >= SIGNIFICANCE:
        return (
            f"The difference may be chance {test}: until more sequences tell them apart, use the "
            "baseline, which is simpler."
        )
    return f"The difference is not by chance {test}: use the {name}."
