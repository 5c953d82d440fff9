"""What is used of MLflow, or how to get it."""

from __future__ import annotations

from gatecast._types import InputError

try:
    import mlflow
    import mlflow.models
    import mlflow.pyfunc
    import mlflow.types
    import mlflow.types.schema
    import mlflow.utils.autologging_utils as autologging
except ModuleNotFoundError as error:
    if error.name != "mlflow":
        raise
    raise InputError("gatecast.mlflow needs MLflow: pip install 'gatecast[mlflow]'") from None

__all__ = ["autologging", "mlflow"]
