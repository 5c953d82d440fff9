"""Optimizers of Keras and Optax alike, with their learning-rate schedules.

The settings of a training come in; what takes a step goes out, as pure functions of weights,
gradients and the optimizer's state.
"""

from gatecast.training.optimizers._optimizers import Optimizer, optimizer_of

__all__ = ["Optimizer", "optimizer_of"]
