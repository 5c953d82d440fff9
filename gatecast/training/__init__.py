"""The compiled trainer: a whole run is one program, for one model or many at once.

`fit` and `fit_members` take any compiled Keras model. Forecasters train their networks with
explicit state through `train_network`. All three are the same loop.
"""

from gatecast.training._batches import Batches, Given, Ordered, Packed
from gatecast.training._cache import use_compilation_cache
from gatecast.training._checkpoint import Checkpoint
from gatecast.training._dispatch import use_synchronous_dispatch
from gatecast.training._fit import Members, fit, fit_members
from gatecast.training._loop import Program, Run, Task, compile_program
from gatecast.training._network_step import NetworkStep
from gatecast.training._network_task import train_network
from gatecast.training._run import Trained, Watch, run_program
from gatecast.training._settings import LOSSES, OPTIMIZERS, SCHEDULES, Training
from gatecast.training._training_set import Sampler, TrainingSet

__all__ = [
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Batches",
    "Checkpoint",
    "Given",
    "Members",
    "NetworkStep",
    "Ordered",
    "Packed",
    "Program",
    "Run",
    "Sampler",
    "Task",
    "Trained",
    "Training",
    "TrainingSet",
    "Watch",
    "compile_program",
    "fit",
    "fit_members",
    "run_program",
    "train_network",
    "use_compilation_cache",
    "use_synchronous_dispatch",
]
