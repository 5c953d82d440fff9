"""What a fitted model remembers, and which past rows its forecasts respond to.

A `Model` comes in, perhaps with histories; gates, half-lives, sensitivities, a judgement of
`look_back` and what each series has decided go out.
"""

from gatecast.forecasting.inspection._decided import decided, decided_in_words
from gatecast.forecasting.inspection._gates import gates, half_lives, has_gates
from gatecast.forecasting.inspection._sensitivity import (
    Inspection,
    effective_memory,
    inspect_model,
    sensitivity,
)

__all__ = [
    "Inspection",
    "decided",
    "decided_in_words",
    "effective_memory",
    "gates",
    "half_lives",
    "has_gates",
    "inspect_model",
    "sensitivity",
]
