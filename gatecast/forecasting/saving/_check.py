"""What an artefact must hold, checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, NoneType
from typing import Any

import numpy as np

from gatecast._types import InputError

_MOST = 1_000_000
"""Rows ahead, rows looked back on, units: more than any memory holds the arrays of."""

_FIELDS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "made": (dict,),
        "parts": (list,),
        "h": (int,),
        "freq": (str, int, NoneType),
        "season_length": (int,),
        "columns": (dict,),
        "unique_id": (list,),
        "integer_ds": (bool,),
        "targets": (list,),
        "static": (list,),
        "categories": (dict,),
        "calibration": (dict, NoneType),
        "versions": (dict,),
    }
)
_PART_FIELDS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "settings": (dict,),
        "sizes": (dict,),
        "masked": (bool,),
        "covariates": (dict,),
        "step": (int, NoneType),
    }
)


def check_contents(manifest: Any, weights: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Raise unless fields have their types, sizes are possible and arrays fit together.

    Raises:
        InputError: naming the field or the array.
    """
    _check_fields("manifest", manifest, _FIELDS)
    for name in ("h", "season_length"):
        _check_size(name, manifest[name])
    if not manifest["parts"]:
        raise InputError("parts is empty")
    for place, part in enumerate(manifest["parts"]):
        _check_fields(f"parts[{place}]", part, _PART_FIELDS)
        _check_sizes(part["settings"])
        _check_sizes(part["sizes"])
        _check_units(part["settings"], place, weights)
    for name, array in (*weights.items(), *state.items()):
        if array.dtype.kind not in "fiu":
            raise InputError(f"{name} holds no numbers")
    for name, array in weights.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(f"{name} holds values that are not finite")
    _check_rows(manifest, state)


def _check_fields(where: str, record: Any, fields: Mapping[str, tuple[type, ...]]) -> None:
    if type(record) is not dict:
        raise InputError(f"{where} is not a record")
    for name, kinds in fields.items():
        if name not in record or type(record[name]) not in kinds:
            raise InputError(f"{where}: {name} is missing or of the wrong kind")


def _check_size(name: str, size: int) -> None:
    if not 1 <= size <= _MOST:
        raise InputError(f"{name} must lie between 1 and {_MOST:,}, got {size}")


def _check_sizes(record: Any) -> None:
    """No number in settings other than a seed can be larger than any array."""
    if isinstance(record, list):
        record = dict(enumerate(record))
    for name, value in record.items():
        if isinstance(value, dict | list):
            _check_sizes(value)
        elif type(value) is int and "seed" not in str(name) and abs(value) > _MOST:
            raise InputError(f"{name} must be at most {_MOST:,}, got {value}")


def _check_units(settings: Any, place: int, weights: Mapping[str, Any]) -> None:
    """Layers of many units have as many weights: only then is memory taken for them."""
    own = [array for name, array in weights.items() if name.startswith(f"{place}.trainable.")]
    if not own or any(array.ndim < 2 for array in own):  # noqa: PLR2004 (groups and members)
        raise InputError(f"{place}.trainable: weights are missing or of the wrong shape")
    if any(array.shape[:2] != own[0].shape[:2] or not array.size for array in own):
        raise InputError(f"{place}.trainable: weights of different numbers of members")
    units = settings.get("architecture", {}).get("units", 1)
    if settings.get("architecture", {}).get("kind") != "keras" and units > max(
        array.size for array in own
    ):
        raise InputError(f"units is {units}, which the weights are too few for")


def _check_rows(manifest: dict[str, Any], state: Mapping[str, Any]) -> None:
    """The rows of the panel belong to its series, in order."""
    y, ds, offsets = (state.get(name) for name in ("y", "ds", "offsets"))
    if y is None or ds is None or offsets is None or y.ndim != 1 or y.dtype != np.float64:
        raise InputError("y, ds or offsets is missing or of the wrong kind")
    series = len(manifest["unique_id"])
    if offsets.dtype != np.int64 or offsets.shape != (series + 1,) or not series:
        raise InputError("offsets does not fit unique_id")
    if offsets[0] != 0 or offsets[-1] != len(y) or (np.diff(offsets) < 0).any():
        raise InputError("offsets does not fit y")
    if ds.dtype != np.int64 or ds.shape != y.shape:
        raise InputError("ds does not fit y")
    for name, array in state.items():
        if name.startswith("exog.") and array.shape[:1] != y.shape:
            raise InputError(f"{name} does not fit y")
        if name.startswith("static.") and array.shape[:1] != (series,):
            raise InputError(f"{name} does not fit unique_id")
