"""Training all members of an ensemble on the rows of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from gatecast._types import Integers, Panel
from gatecast.forecasting import pretrained
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._local import fit_local
from gatecast.forecasting._samples import Fit, samples_of, sizes_of, view_of, with_gaps
from gatecast.forecasting._settings import Settings
from gatecast.forecasting._weights import (
    group_of,
    refuse_divergence,
    weights_of,
    without_groups,
)
from gatecast.framing import Rows
from gatecast.network import build_network
from gatecast.training import Trained, TrainingSet, train_network


def fit_ensemble(
    settings: Settings, panel: Panel, train: Integers, how: Fit
) -> tuple[Ensemble, Trained]:
    """Train all members on the leading rows of each series.

    Args:
        settings: of the forecaster.
        panel: the series; rows after the training rows are not looked at.
        train: [series] leading rows to train on.
        how: the rest.

    Raises:
        InputError: if no series has a whole sample, or training did not end in finite weights.
    """
    if settings.scope == "local":
        return fit_local(settings, panel, train, how)
    (ensemble,), trained = fit_folds(settings, panel, [train], how)
    return ensemble, trained


def fit_folds(
    settings: Settings, panel: Panel, trains: Sequence[Integers], how: Fit
) -> tuple[list[Ensemble], Trained]:
    """Train on several leading parts of the same series, as one compiled program.

    Args:
        settings: of the forecaster.
        panel: the series.
        trains: [folds] of [series] leading rows to train on.
        how: the rest; `start` and `checkpoint` are for a single fold.

    Raises:
        InputError: as `fit_ensemble`.
    """
    settings = with_gaps(settings, panel)
    if settings.pretrained == "as_is":
        return _as_is(settings, panel, trains, how)
    views = [view_of(settings, panel, train, how) for train in trains]
    fits = [
        samples_of(settings, panel, train, view, how)
        for view, train in zip(views, trains, strict=True)
    ]
    masked = any(fit.masked for fit in fits)
    folds = [
        view.rows(panel, train, masked=masked) | fit.origins(settings)
        for view, train, fit in zip(views, trains, fits, strict=True)
    ]
    data, own = _as_members(settings, folds)
    sizes = sizes_of(settings, folds[0], views[0], masked=masked)
    trained = train_network(
        build_network(settings.architecture, sizes, settings.output),
        settings.framing,
        TrainingSet(data, own, all(fit.complete(panel, settings) for fit in fits)),
        settings.training,
        seeds=[*settings.seeds] * len(trains),
        initial=_initial(settings, how, len(trains)),
        checkpoint=how.checkpoint,
        verbose=how.verbose,
    )
    weights = weights_of(trained, len(trains))
    refuse_divergence(settings, weights)
    ensembles = [
        Ensemble(settings, view, sizes, group_of(weights, fold), masked)
        for fold, view in enumerate(views)
    ]
    return ensembles, trained


def _as_is(
    settings: Settings, panel: Panel, trains: Sequence[Integers], how: Fit
) -> tuple[list[Ensemble], Trained]:
    """The pre-trained members, which only learn the scale of each series."""
    views = [view_of(settings, panel, train, how) for train in trains]
    shipped, seeds = _shipped(settings)
    weights = jax.tree.map(lambda value: value[None], (pretrained.damped(shipped), seeds))
    framing = settings.framing
    sizes = replace(pretrained.SIZES, steps=framing.steps, horizon=framing.horizon)
    build_network(settings.architecture, sizes, settings.output)
    ensembles = [Ensemble(settings, view, sizes, weights, masked=True) for view in views]
    variables = {"trainable": weights[0], "non_trainable": weights[1]}
    curves = {"loss": np.empty((settings.members, 0))}
    untrained = Trained(
        variables, curves, interrupted=False, compile_seconds=0.0, train_seconds=0.0
    )
    return ensembles, untrained


def _initial(settings: Settings, how: Fit, folds: int) -> Any:
    """Weights to begin with, [folds * members, ...] each, or None to draw them."""
    if how.start is not None:
        return without_groups(how.start.weights)
    if settings.pretrained == "none":
        return None
    return jax.tree.map(lambda value: np.concatenate([value] * folds), _shipped(settings))


def _shipped(settings: Settings) -> Any:
    """The weights of as many pre-trained members, [members, ...] each."""
    stored = pretrained.weights(settings.framing, settings.training.loss)
    return jax.tree.map(lambda value: value[: settings.members], stored)


def _as_members(settings: Settings, folds: list[Rows]) -> tuple[Rows, tuple[str, ...]]:
    """The data of the program, and the names of those with an axis of members."""
    if len(folds) == 1:
        return folds[0], ()
    most = max(len(fold["train"]) for fold in folds)
    fewest = min(len(fold.get("validation", ())) for fold in folds)
    for fold in folds:
        spare = most - len(fold["train"])
        fold["train"] = np.pad(fold["train"], (0, spare), constant_values=-1)
        if fewest:
            fold["validation"] = fold["validation"][-fewest:]
        if "order" in fold:
            steps = max(len(each["order"]) for each in folds)
            spare = steps - len(fold["order"])
            fold["order"] = np.pad(fold["order"], ((spare, 0), (0, 0)), constant_values=-1)
    names = tuple(name for name in folds[0] if fewest or name != "validation")
    stacked = {
        name: np.repeat(np.stack([fold[name] for fold in folds]), settings.members, axis=0)
        for name in names
    }
    return stacked, names
