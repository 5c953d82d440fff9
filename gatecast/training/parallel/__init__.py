"""Training one network on the data of several devices, of this process or of several."""

from gatecast.training.parallel._data_parallel import DataParallel
from gatecast.training.parallel._processes import connected

__all__ = ["DataParallel", "connected"]
