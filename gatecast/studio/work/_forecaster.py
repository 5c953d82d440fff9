"""The forecaster of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gatecast._types import InputError
from gatecast.evaluation import framings
from gatecast.forecasting import AutoLSTM, LSTMForecaster
from gatecast.studio.work._plan import COLUMN_SETTINGS, Plan
from gatecast.training import Training

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator

_FRAMINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "regression": framings.REGRESSION,
        "window": framings.WINDOW,
        "time steps": framings.TIME_STEPS,
        "stateful": framings.STATEFUL,
        "stacked": framings.STACKED_STATEFUL,
    }
)
_TRAINING = tuple(each.name for each in fields(Training))


def forecaster_of(plan: Plan) -> Estimator:
    """The forecaster of a settled plan, not fitted.

    Raises:
        InputError: naming a setting that there is not, or its value.
    """
    kind = AutoLSTM if automatic(plan) else LSTMForecaster
    return kind(**keywords_of(plan), verbose=False)


def automatic(plan: Plan) -> bool:
    """Whether it is an `AutoLSTM`, which is taken where no setting of a network is named."""
    own = {*LSTMForecaster.saved_forms(), *_TRAINING} - AutoLSTM.saved_forms().keys()
    return plan.kind == "auto" and plan.settings.keys().isdisjoint(own)


def columns_of_file(plan: Plan) -> list[str]:
    """The columns of the file that are read besides the target."""
    names = [name for kind in COLUMN_SETTINGS for name in plan.settings.get(kind, ())]
    return list(dict.fromkeys(names))


def keywords_of(plan: Plan) -> dict[str, Any]:
    """The keywords of the forecaster of a settled plan.

    The networks of the tutorial forecast one row, which is fed back for the next.

    Raises:
        InputError: naming a setting that there is not.
    """
    known = AutoLSTM if automatic(plan) else LSTMForecaster
    inner = () if automatic(plan) else _TRAINING
    for name in plan.settings:
        if name not in {*known.saved_forms(), *inner} - {"h", "training", "variants", "verbose"}:
            raise InputError(f"settings: {known.__name__} has no {name!r}")
    given: dict[str, Any] = {"h": plan.horizon}
    if plan.kind != "auto":
        given |= dict(_FRAMINGS[plan.kind]) | {"h": plan.horizon, "strategy": "recursive"}
    own = dict(plan.settings)
    trained = {name: own.pop(name) for name in _TRAINING if name in own}
    if trained:
        given["training"] = replace(given.get("training", Training()), **trained)
    return given | own


def training_of(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the training among some keywords, where they are not the usual ones."""
    own, usual = asdict(keywords.get("training", Training())), asdict(Training())
    return {name: value for name, value in own.items() if value != usual[name]}
