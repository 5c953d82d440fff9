"""Who does the tasks: this process, or the workers of a Ray cluster."""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names
from gatecast.scaleout.executors._deadly import deadly
from gatecast.scaleout.executors._executor import Executor, Outcome, Shared

if TYPE_CHECKING:
    from gatecast.scaleout.executors._executor_of import executor_of
    from gatecast.scaleout.executors._local import LocalExecutor
    from gatecast.scaleout.executors._ray import RayExecutor

__getattr__ = lazy_names(
    __name__,
    {"LocalExecutor": "_local", "RayExecutor": "_ray", "executor_of": "_executor_of"},
)

__all__ = ["Executor", "LocalExecutor", "Outcome", "RayExecutor", "Shared", "deadly", "executor_of"]
