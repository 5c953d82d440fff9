"""One optimiser step of a network: masked targets, memory carried from batch to batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gatecast.framing import Sample
from gatecast.network import Network, Point
from gatecast.training._loop import Logs, Variables
from gatecast.training._optimizers import optimizer_of
from gatecast.training._settings import Training
from gatecast.training._training_set import Sampler

# Beyond this an error in percent has no slope: it would be all that is learnt.
_MOST_LOG = 3.0


def _spread_out(loss: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """The loss of errors in units of a spread: wide windows count more, but not in proportion."""
    return lambda e, spread: loss(e) * jnp.sqrt(spread)


# Of errors in units of a spread, and that spread.
_ERRORS: dict[str, Callable[[Any, Any], Any]] = {
    "mse": _spread_out(jnp.square),
    "mae": _spread_out(jnp.abs),
    # Huber (1964) with its corner at 1.
    "huber": _spread_out(lambda e: jnp.where(jnp.abs(e) < 1, 0.5 * e**2, jnp.abs(e) - 0.5)),
    # |f - y| / y = |exp(log f - log y) - 1|
    "mape": lambda e, spread: jnp.abs(jnp.expm1(jnp.minimum(e * spread, _MOST_LOG))),
}


@dataclass(frozen=True)
class NetworkStep:
    """One optimiser step of a network; a value, so that equal ones share a compiled program.

    The variables are a dictionary: `trainable`, `non_trainable`, `optimizer`, the carried
    `state`, and the running `total` and `count` of the loss over the observed targets.

    Attributes:
        network: what is trained.
        settings: loss and optimiser.
        sample: gathers the samples of a batch from the data.
        carried: whether the state after a batch is the next batch's initial state; gradients
            stop at the border (truncated backpropagation through time, Williams and Peng 1990),
            or reach across the windows of one step where it takes several.
        part: the origins in the data: "train" or "validation".
        padded: whether some origins are padding.
        complete: whether every batch is known to have a target; saves asking at each step, which
            takes as long as the smallest networks' own arithmetic.
        steps: how many a learning-rate schedule is spread over, of the member that takes most;
            0 where the rate is constant.
    """

    network: Network
    settings: Training
    sample: Sampler
    carried: bool = False
    part: str = "train"
    padded: bool = False
    complete: bool = False
    steps: int = 0

    def __call__(self, variables: Variables, data: Any, index: Any) -> tuple[Logs, Variables]:
        """Take one step on the samples `index` [batch] or [windows, batch].

        Negative numbers are empty places. Windows are read one after another, memory carried.
        """
        gradient = jax.value_and_grad(self._loss, has_aux=True)
        (_, after), slopes = gradient(variables["trainable"], variables, data, index)
        after["trainable"], after["optimizer"] = optimizer_of(
            self.network, self.settings, self.steps
        ).apply(variables["optimizer"], slopes, variables["trainable"])
        if not self.complete:
            # A batch without a target takes no step, though its inputs are remembered.
            seen = after["count"] > variables["count"]
            for part in ("trainable", "optimizer"):
                after[part] = jax.tree.map(
                    lambda new, old: jnp.where(seen, new, old), after[part], variables[part]
                )
        return {"loss": after["total"] / after["count"]}, after

    def evaluate(self, variables: Variables, data: Any, index: Any) -> tuple[Logs, Variables]:
        """The loss on the samples `index` [batch], without training."""
        _, after = self._loss(variables["trainable"], variables, data, index, training=False)
        return {"loss": after["total"] / after["count"]}, after

    def begin(self, variables: Variables) -> Variables:
        """Memory and running loss at zero."""
        return variables | {
            "state": [jnp.zeros_like(part) for part in variables["state"]],
            "total": jnp.zeros(()),
            "count": jnp.zeros((), int),
        }

    def _loss(
        self, trainable: Any, variables: Variables, data: Any, index: Any, *, training: bool = True
    ) -> tuple[Any, Variables]:
        """The mean over the observed targets, and the variables after it."""

        def window(variables: Variables, index: Any) -> tuple[Variables, tuple[Any, Any]]:
            return self._window(trainable, variables, data, index, training=training)

        if index.ndim == 1:
            after, (total, count) = window(variables, index)
        else:
            after, parts = jax.lax.scan(window, variables, index)
            total, count = (jnp.sum(part) for part in parts)
        return total / jnp.maximum(count, 1), after

    def _window(
        self, trainable: Any, variables: Variables, data: Any, index: Any, *, training: bool
    ) -> tuple[Variables, tuple[Any, Any]]:
        """The variables after a batch, and its loss: sum and number of observed targets."""
        sample = self.sample(data, data[self.part][index])
        here = (index >= 0)[:, None]
        y = sample.wanted
        observed = here[:, None] & ~jnp.isnan(y)
        state = variables["state"] if self.carried else self.network.zero_state(len(index))
        raw, state_after, non_trainable = self.network.forward(
            (trainable, variables["non_trainable"]), sample.inputs, state, training=training
        )
        losses = self._losses(raw, y, sample, observed)
        total, count = jnp.sum(losses), jnp.sum(observed)
        after = variables | {
            "non_trainable": non_trainable,
            # An empty place has seen nothing yet; a product would pass NaN on.
            "state": [jnp.where(here, part, 0) for part in state_after] if self.carried else [],
            "total": variables["total"] + total,
            "count": variables["count"] + count,
        }
        return after, (total, count)

    def _losses(self, raw: Any, y: Any, sample: Sample, observed: Any) -> Any:
        """[batch, horizon, targets] losses, zero (as their slopes) where nothing was observed."""
        output = self.network.output
        if isinstance(output, Point):
            point = raw[..., 0]
            error = point - jnp.where(observed, y, point)
            return _ERRORS[self.settings.loss](error, sample.spread)
        # Zero is safe for every output, so that the masked slopes are 0 * finite.
        return jnp.where(observed, output.loss(raw, jnp.where(observed, y, 0), sample.scale), 0)
