"""The compiled trainer: a whole run is one program, for one model or many at once.

A network, a sampler and a `TrainingSet` come in; trained weights, with their learning curves, go
out. `fit` and `fit_members` take any compiled Keras model, `train_network` a network with explicit
state; all three are the same loop. `DataParallel` does the same as `train_network` on many devices,
of one process or of several that are `connected`. Names are loaded when they are first used, so
that a process which only forecasts loads the settings and not the loop.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.training._batches import Batches, Given, Ordered, Packed
    from gatecast.training._cache import use_compilation_cache
    from gatecast.training._checkpoint import Checkpoint
    from gatecast.training._dispatch import use_synchronous_dispatch
    from gatecast.training._fit import Members, fit, fit_members
    from gatecast.training._loop import Program, Run, Task, compile_program
    from gatecast.training._network_step import NetworkStep, NetworkVariables
    from gatecast.training._network_task import train_network
    from gatecast.training._run import Trained, Watch, run_program
    from gatecast.training._settings import LOSSES, OPTIMIZERS, SCHEDULES, Training
    from gatecast.training._training_set import OwnData, Sampler, TrainingData, TrainingSet
    from gatecast.training.parallel import DataParallel, connected

__getattr__ = lazy_names(
    __name__,
    {
        "LOSSES": "_settings",
        "OPTIMIZERS": "_settings",
        "SCHEDULES": "_settings",
        "Batches": "_batches",
        "Checkpoint": "_checkpoint",
        "DataParallel": "parallel",
        "Given": "_batches",
        "Members": "_fit",
        "NetworkStep": "_network_step",
        "NetworkVariables": "_network_step",
        "Ordered": "_batches",
        "OwnData": "_training_set",
        "Packed": "_batches",
        "Program": "_loop",
        "Run": "_loop",
        "Sampler": "_training_set",
        "Task": "_loop",
        "Trained": "_run",
        "Training": "_settings",
        "TrainingData": "_training_set",
        "TrainingSet": "_training_set",
        "Watch": "_run",
        "compile_program": "_loop",
        "connected": "parallel",
        "fit": "_fit",
        "fit_members": "_fit",
        "run_program": "_run",
        "train_network": "_network_task",
        "use_compilation_cache": "_cache",
        "use_synchronous_dispatch": "_dispatch",
    },
)

__all__ = [
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Batches",
    "Checkpoint",
    "DataParallel",
    "Given",
    "Members",
    "NetworkStep",
    "NetworkVariables",
    "Ordered",
    "OwnData",
    "Packed",
    "Program",
    "Run",
    "Sampler",
    "Task",
    "Trained",
    "Training",
    "TrainingData",
    "TrainingSet",
    "Watch",
    "compile_program",
    "connected",
    "fit",
    "fit_members",
    "run_program",
    "train_network",
    "use_compilation_cache",
    "use_synchronous_dispatch",
]
