"""Whether values read from JSON have the types that the fields of a record declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from inspect import isabstract
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gatecast._types import InputError


def check_record(where: str, content: Any, kind: Any) -> None:
    """Raise unless JSON has just the fields of a dataclass, each of its declared type.

    Args:
        where: the place in the file.
        content: what `json.loads` returned.
        kind: the dataclass; fields that are dataclasses are looked at in turn.

    Raises:
        InputError: naming the place.
    """
    if type(content) is not dict:
        raise InputError(f"{where} is not a record")
    hints = get_type_hints(kind)
    names = {each.name for each in fields(kind)}
    if content.keys() != names:
        raise InputError(f"{where} has other fields than {', '.join(sorted(names))}")
    for name in names:
        place = f"{where}.{name}"
        if isabstract(hints[name]):
            # One of several classes, which whoever reads it knows by its name.
            check_value(place, content[name], dict[str, Any])
        elif is_dataclass(hints[name]):
            check_record(place, content[name], hints[name])
        else:
            check_value(place, content[name], hints[name])


def check_value(where: str, value: Any, hint: Any) -> None:
    """Raise unless a value from JSON has a type.

    Raises:
        InputError: naming the place.
    """
    if not _fits(value, hint):
        raise InputError(f"{where} is of the wrong kind")


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        fits = any(_fits(value, each) for each in arguments)
    elif origin is Literal:
        fits = isinstance(value, str | NoneType) and value in arguments
    elif origin in (tuple, list, Sequence):
        fits = type(value) is list and all(_fits(each, arguments[0]) for each in value)
    elif origin in (dict, Mapping):
        fits = type(value) is dict and all(_fits(each, arguments[1]) for each in value.values())
    elif hint is float:
        fits = type(value) in (int, float) and isfinite(value)
    elif hint in (int, bool, str, NoneType):
        fits = type(value) is hint
    else:
        fits = True
    return fits
