"""Training any compiled Keras model as one compiled program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.training._keras_task import build_completely, keras_task, keras_variables
from gatecast.training._loop import Task, compile_program
from gatecast.training._run import Trained, Watch, run_program


@dataclass(frozen=True)
class Members:
    """One architecture trained from many seeds.

    Attributes:
        model: the last seed's Keras model, trained; its structure holds for all members' weights.
        trainable: weights with a leading axis of members, in the model's order.
        non_trainable: other variables, likewise.
        curves: name -> [members, epochs] losses and metrics.
    """

    model: keras.Model
    trainable: list[Any]
    non_trainable: list[Any]
    curves: dict[str, np.ndarray[Any, Any]]

    def predict(self, x: Any) -> np.ndarray[Any, Any]:
        """[members, samples, outputs] the prediction of every member for the same x."""
        call = jax.vmap(lambda t, n: self.model.stateless_call(t, n, x)[0])
        return np.asarray(jax.jit(call)(self.trainable, self.non_trainable))


def fit(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    epochs: int = 1,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int = 0,
    watch: Watch = Watch(),
) -> keras.callbacks.History:
    """Train a compiled Keras model like `model.fit`, as one compiled program.

    From the same initial weights and batch order the weights are those of `model.fit` to float
    tolerance. As in `model.fit` on the JAX backend, `stateful=True` layers start each batch from
    a zero state. Ctrl-C ends the training and keeps the best weights.

    Args:
        model: any compiled Keras model.
        x: [samples, ...] array, or a dictionary or list of them for several inputs.
        y: [samples, ...] targets, likewise.
        epochs: passes over the samples.
        batch_size: samples per step; the last step of an epoch takes what is left.
        shuffle: draw a new order of the samples at each epoch, from `seed`.
        seed: of that order; weights and dropout follow the model's own seeds.
        watch: validation split, early stopping and progress.

    Returns:
        A Keras `History`; `history.history` holds the loss and metrics of each epoch.

    Raises:
        InputError: if the model is not compiled, x and y do not fit together, or a setting is
            out of range.
    """
    _require_at_least_one(epochs=epochs, batch_size=batch_size)
    x, y, held_back = _checked(model, x, y, watch)
    task = _watched_task(model, (x, y), batch_size, held_back, watch, shuffle=shuffle)
    program = compile_program(task, members=False)
    variables, key = keras_variables(model), jax.random.key(seed)
    trained = run_program(program, task, variables, (x, y), key, epochs=epochs, watch=watch)
    for place, variables_of in enumerate(
        (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
    ):
        for variable, value in zip(variables_of, trained.variables[place], strict=True):
            variable.assign(value)
    return _history(model, trained, watch)


def fit_members(
    build: Callable[[int], keras.Model],
    x: Any,
    y: Any,
    *,
    seeds: Sequence[int],
    epochs: int = 1,
    batch_size: int = 32,
    shuffle: bool = True,
    watch: Watch = Watch(),
) -> Members:
    """Train one architecture from many seeds in a single compiled program.

    Args:
        build: seed -> a compiled Keras model whose initial weights follow the seed.
        x: as in `fit`.
        y: as in `fit`.
        seeds: one member each; they also seed the order of the samples.
        epochs: as in `fit`.
        batch_size: as in `fit`.
        shuffle: as in `fit`.
        watch: as in `fit`; each member stops and restores its best weights on its own.

    Raises:
        InputError: as in `fit`, or without seeds.
    """
    if not seeds:
        raise InputError("seeds is empty: give one seed per member")
    _require_at_least_one(epochs=epochs, batch_size=batch_size)
    starts = []
    for seed in seeds:
        model = build(seed)
        data_x, data_y, held_back = _checked(model, x, y, watch)
        build_completely(model, data_x, data_y, batch_size)
        starts.append(keras_variables(model))
    variables = jax.tree.map(lambda *values: jnp.stack(values), *starts)
    task = _watched_task(model, (data_x, data_y), batch_size, held_back, watch, shuffle=shuffle)
    program = compile_program(task, members=True)
    keys = jnp.stack([jax.random.key(seed) for seed in seeds])
    trained = run_program(
        program, task, variables, (data_x, data_y), keys, epochs=epochs, watch=watch
    )
    return Members(model, trained.variables[0], trained.variables[1], trained.curves)


def _require_at_least_one(**settings: int) -> None:
    for name, value in settings.items():
        if value < 1:
            raise InputError(f"{name} must be at least 1, got {value}")


def _checked(model: keras.Model, x: Any, y: Any, watch: Watch) -> tuple[Any, Any, int]:
    """The data as JAX arrays, and how many samples are kept for validation."""
    if not model.compiled:
        raise InputError("the model is not compiled: call model.compile(optimizer=..., loss=...)")
    x, y = jax.tree.map(jnp.asarray, (x, y))
    lengths = {len(array) for array in jax.tree.leaves((x, y))}
    if len(lengths) > 1:
        raise InputError(f"x and y need the same number of samples, got {sorted(lengths)}")
    samples = lengths.pop()
    # As in Keras: the last share of the samples, without shuffling.
    held_back = samples - int(samples * (1 - watch.validation_split))
    if watch.patience is not None and not held_back:
        raise InputError(f"patience={watch.patience} needs a validation_split above 0")
    if samples == held_back:
        raise InputError(f"{samples} samples leave none to train on")
    return x, y, held_back


def _watched_task(
    model: keras.Model,
    data: tuple[Any, Any],
    batch_size: int,
    held_back: int,
    watch: Watch,
    *,
    shuffle: bool,
) -> Task:
    build_completely(model, *data, batch_size)
    samples = len(jax.tree.leaves(data)[0]) - held_back
    task = keras_task(model, samples, batch_size, shuffle=shuffle, validation=held_back)
    return replace(task, patience=watch.patience)


def _history(model: keras.Model, trained: Trained, watch: Watch) -> keras.callbacks.History:
    history = keras.callbacks.History()
    history.set_model(model)
    history.on_train_begin()
    for epoch in range(len(trained.curves["loss"])):
        logs = {name: float(curve[epoch]) for name, curve in trained.curves.items()}
        # With a patience, NaN marks the epochs after the stop.
        if watch.patience is None or not np.isnan(logs["loss"]):
            history.on_epoch_end(epoch, logs)
    model.history = history
    return history
