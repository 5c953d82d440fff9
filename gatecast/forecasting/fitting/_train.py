"""Training the networks of one part on the rows of a panel, for one fold or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from gatecast._types import Integers, Panel
from gatecast.forecasting._part import Part
from gatecast.forecasting.fitting._local import train_local
from gatecast.forecasting.fitting._options import PartOptions
from gatecast.forecasting.fitting._samples import learnt_view, samples_of, sizes_of, with_gaps
from gatecast.forecasting.fitting._weights import (
    group_of,
    refuse_divergence,
    weights_of,
    without_groups,
)
from gatecast.forecasting.members import Members, with_traits
from gatecast.forecasting.recipe import pretrained
from gatecast.framing import View, apart
from gatecast.network import Network, build_network
from gatecast.training import Trained, TrainingData, TrainingSet


def train(
    part: Part, panel: Panel, folds: Sequence[Integers], options: PartOptions
) -> tuple[list[Members], Trained | None]:
    """Train the networks of a part on the leading rows of each series.

    Folds of a global model that read as many columns are trained as one compiled program.

    Args:
        part: whose networks.
        panel: the series; rows after the training rows are not read.
        folds: [folds] of [series] leading rows to train on.
        options: further options; `start` and `checkpoint` are for a single fold.

    Returns:
        The members of each fold, and the run that trained them (of local models, the run of the
        last fold); None where nothing is trained.

    Raises:
        InputError: if no series has a whole sample, or the trained weights are not finite.
    """
    part = replace(part, settings=with_gaps(part.settings, panel))
    if part.apart:
        panel = apart(panel)
    if not part.trained:
        return [_as_they_are(part, panel, rows, options) for rows in folds], None
    if part.settings.scope == "local":
        fitted = [train_local(part, panel, rows, options) for rows in folds]
        return [members for members, _ in fitted], fitted[-1][1]
    views = [learnt_view(part.settings, panel, rows, options, part) for rows in folds]
    # Later folds may have seen more categories of text, each of which is a column.
    columns = [(view.covariates.past_only, len(view.covariates.center)) for view in views]
    members: dict[int, Members] = {}
    run = None
    for each in dict.fromkeys(columns):
        alike = [fold for fold, own in enumerate(columns) if own == each]
        rows, own_views = [folds[fold] for fold in alike], [views[fold] for fold in alike]
        found, run = _train_together(part, panel, rows, own_views, options)
        members |= dict(zip(alike, found, strict=True))
    return [members[fold] for fold in range(len(folds))], run


def _train_together(
    part: Part,
    panel: Panel,
    folds: Sequence[Integers],
    views: Sequence[View],
    options: PartOptions,
) -> tuple[list[Members], Trained]:
    settings = part.settings
    samples = [
        samples_of(settings, panel, rows, view, options.pad_to, options.group)
        for view, rows in zip(views, folds, strict=True)
    ]
    masked = any(each.masked for each in samples)
    data = [
        each.data(settings, view.rows(panel, rows, masked=masked))
        for each, view, rows in zip(samples, views, folds, strict=True)
    ]
    sizes = sizes_of(settings, data[0].source, views[0], masked=masked)
    network = build_network(settings.architecture, sizes, settings.output)
    run = options.trainer(
        network,
        settings.framing,
        TrainingSet(
            data[0] if len(folds) == 1 else _stacked(data, settings.members),
            own="nothing" if len(folds) == 1 else "everything",
            complete=all(each.complete(panel, settings) for each in samples),
        ),
        settings.training,
        seeds=[*settings.seeds] * len(folds),
        initial=_initial(part, network, options, len(folds)),
        checkpoint=options.checkpoint,
        verbose=options.verbose,
    )
    weights = weights_of(run, len(folds))
    if not options.diverged:
        refuse_divergence(settings.training, weights)
    members = [
        Members(part, view, sizes, group_of(weights, fold), masked)
        for fold, view in enumerate(views)
    ]
    return members, run


def pretrained_members(part: Part, panel: Panel, rows: Integers, options: PartOptions) -> Members:
    """The pre-trained networks without adaptation; scalers, columns and effects are fitted.

    Args:
        part: as in `train`.
        panel: the series.
        rows: [series] leading rows to fit on.
        options: as in `train`.
    """
    framing = part.settings.framing
    sizes = pretrained.sizes(framing)
    network = build_network(part.settings.architecture, sizes, part.settings.output)
    one_group = jax.tree.map(lambda value: value[None], _shipped(part, network))
    view = learnt_view(part.settings, panel, rows, options, part)
    return Members(part, view, sizes, one_group, masked=True)


def _as_they_are(part: Part, panel: Panel, rows: Integers, options: PartOptions) -> Members:
    """The pre-trained networks, and what suits each series."""
    members = pretrained_members(part, panel, rows, options)
    if options.start is not None:
        return members
    return with_traits(members, panel, rows, options.season_length)


def _initial(part: Part, network: Network, options: PartOptions, folds: int) -> Any:
    """Weights to begin with, [folds * members, ...] each, or None to draw them."""
    if options.start is not None:
        return without_groups(options.start.weights)
    if part.weights == "drawn":
        return None
    return jax.tree.map(lambda value: np.concatenate([value] * folds), _shipped(part, network))


def _shipped(part: Part, network: Network) -> Any:
    """The pre-trained weights, [members, ...] each; damped where they are not trained further."""
    weights = pretrained.weights(part.settings.framing)
    if not part.trained:
        weights = pretrained.damped(weights)
    first = {path: value[: part.settings.members] for path, value in weights.items()}
    return pretrained.in_order(first, network)


def _stacked(folds: list[TrainingData], members: int) -> TrainingData:
    """The data of all folds with an axis of members in front, padded to the largest."""
    most = max(len(fold.train) for fold in folds)
    # A fold without validation samples leaves none to all.
    counts = [0 if fold.validation is None else len(fold.validation) for fold in folds]
    validated = min(counts)
    steps = max(0 if fold.order is None else len(fold.order) for fold in folds)
    padded = [
        replace(
            fold,
            train=np.pad(fold.train, (0, most - len(fold.train)), constant_values=-1),
            validation=fold.validation[-validated:] if validated else None,
            order=_padded(fold.order, steps),
        )
        for fold in folds
    ]
    stacked: TrainingData = jax.tree.map(
        lambda *arrays: np.repeat(np.stack(arrays), members, axis=0), *padded
    )
    return stacked


def _padded(order: Any, steps: int) -> Any:
    """[steps, series] the order in which state is carried, padded with empty steps in front."""
    if order is None:
        return None
    return np.pad(order, ((steps - len(order), 0), (0, 0)), constant_values=-1)
