"""From labelled sequences to trained networks, judged on sequences that were held back."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd

from gatecast.forecasting.fitting import refuse_divergence
from gatecast.network import Sizes, build_network
from gatecast.sequences._settings import Settings
from gatecast.sequences._split import held_back
from gatecast.sequences.networks import Networks, Whole, fit_scaler, rows_of
from gatecast.sequences.problems import Judged, Problem, judge
from gatecast.sequences.reading import Sequences
from gatecast.training import Trained, TrainingData, TrainingSet, train_network


class Fitted(NamedTuple):
    """Networks of all sequences, their losses, and how others of the kind did.

    Attributes:
        networks: trained.
        curves: name -> [members, epochs] losses.
        judged: on sequences held back.
    """

    networks: Networks
    curves: dict[str, Any]
    judged: Judged


def fit_sequences(
    problem: Problem,
    sequences: Sequences,
    y: Any,
    settings: Settings,
    *,
    verbose: bool | None,
) -> Fitted:
    """Train networks on all sequences and, to judge them, networks that do not see some of them.

    Both are trained by one compiled program. Sequences that are held back, and those that decide
    when to stop, have no part in the scaling and in the weights of classes.

    Args:
        problem: what is learnt.
        sequences: to learn from.
        y: [sequences] the number of the class of each, or a number.
        settings: of the networks.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Raises:
        InputError: if the trained weights are not finite.
    """
    training, classes, seed = settings.training, problem.has_classes, settings.random_seed
    held = held_back(y, settings.held_back, seed, classes=classes)
    stopping = np.zeros(len(y), bool)
    stopping[~held] = held_back(y[~held], training.validation, seed, classes=classes)
    learnt = ~held & ~stopping
    folds = [~stopping, learnt] if held.any() else [learnt]
    networks, run = _trained(problem, sequences, y, settings, folds, stopping, verbose=verbose)
    curves = {name: losses[: settings.members] for name, losses in run.curves.items()}
    if not held.any():
        return Fitted(networks[0], curves, Judged(pd.DataFrame()))
    known, others, name = sequences.where(~held), sequences.where(held), settings.name
    answers = {name: networks[1].answers(others)}
    answers |= problem.baselines(known, y[~held], others)
    return Fitted(networks[0], curves, judge(problem, name, answers, y[held]))


def _trained(
    problem: Problem,
    sequences: Sequences,
    y: Any,
    settings: Settings,
    folds: list[Any],
    stopping: Any,
    *,
    verbose: bool | None,
) -> tuple[list[Networks], Trained]:
    """Networks of each fold, [sequences] truth values each, of which the last sees least."""
    least = y[folds[-1]]
    scaler = fit_scaler(sequences.where(folds[-1]))
    center, spread = 0.0, 1.0
    if not problem.has_classes:
        center, spread = float(least.mean()), float(least.std()) or 1.0
    rows = rows_of(sequences, scaler, settings.max_length, (y - center) / spread)
    lengths = rows.end - rows.first
    steps = int(lengths.max())
    masked = bool((lengths < steps).any() or not sequences.seen.all())
    sizes = Sizes(steps, scaler.features, masked=masked)
    network = build_network(settings.architecture, sizes, problem.output(least))
    members = settings.members
    train = np.repeat(_padded([np.flatnonzero(fold) for fold in folds]), members, axis=0)
    validation = None
    if stopping.any():
        validation = np.repeat(np.flatnonzero(stopping)[None], len(train), axis=0)
    run = train_network(
        network,
        Whole(steps, masked),
        TrainingSet(TrainingData(rows, train, validation), own="origins", complete=True),
        settings.training,
        seeds=[*settings.seeds] * len(folds),
        verbose=verbose,
    )
    weights = (run.variables.trainable, run.variables.non_trainable)
    refuse_divergence(settings.training, weights)
    networks = [
        Networks(
            network,
            scaler,
            jax.tree.map(lambda value, first=first: value[first : first + members], weights),
            settings.max_length,
            center,
            spread,
        )
        for first in range(0, len(train), members)
    ]
    return networks, run


def _padded(numbers: list[Any]) -> Any:
    """[folds, sequences] numbers of sequences, each row filled up with -1."""
    most = max(map(len, numbers))
    return np.stack([np.pad(each, (0, most - len(each)), constant_values=-1) for each in numbers])
