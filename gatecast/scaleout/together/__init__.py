"""One global model fitted to series of many machines: data-parallel training.

An unfitted forecaster and series in buckets come in. Each of some processes reads whole buckets
and trains on them; after each step the gradients of all are added up, so that the weights are those
of one process with the same batch. The fitted forecaster goes out.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.scaleout.together._fit_together import fit_together
    from gatecast.scaleout.together._work import Series, Work

__getattr__ = lazy_names(
    __name__,
    {"Series": "_work", "Work": "_work", "fit_together": "_fit_together"},
)

__all__ = ["Series", "Work", "fit_together"]
