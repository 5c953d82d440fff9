"""What is computed elsewhere: loaded when it is first needed, as that takes seconds."""

from __future__ import annotations

from gatecast._lazy import lazy

seasonal = lazy("statsmodels.tsa.seasonal")
stattools = lazy("statsmodels.tsa.stattools")
smoothers = lazy("statsmodels.nonparametric.smoothers_lowess")


def load_statistics() -> None:
    """Load all of it, so that the first who looks need not wait."""
    _ = seasonal.STL, stattools.acf, smoothers.lowess
