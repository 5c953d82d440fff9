"""A `Settings` record as keywords of the forecaster."""

from __future__ import annotations

from typing import Any

from gatecast.forecasting._settings import Settings
from gatecast.network import load_keras_model


def flat(settings: Settings) -> dict[str, Any]:
    """A `Settings` record as keywords of the forecaster."""
    framing, architecture, exogenous = settings.framing, settings.architecture, settings.exogenous
    layers = vars(architecture).copy()
    kind = layers.pop("kind")
    layers.pop("keras_model")
    return layers | {
        "network": load_keras_model(architecture.keras_model) if kind == "keras" else kind,
        "h": framing.horizon,
        "look_back": framing.look_back,
        "framing": framing.shape,
        "window_level": framing.level,
        "level_span": framing.level_span,
        "output": settings.output,
        "hist_exog": exogenous.hist,
        "futr_exog": exogenous.futr,
        "calendar": exogenous.calendar,
        "scaler": settings.scaler,
        "gaps": settings.gaps,
        "scope": settings.scope,
        "stateful": settings.stateful,
        "members": settings.members,
        "combine": settings.combine,
        "random_seed": settings.random_seed,
        "training": settings.training,
    }
