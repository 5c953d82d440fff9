"""Texts of the command line as the types that settings have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import gatecast
from gatecast._types import InputError
from gatecast.cli.options._shared import names


def typed(name: str, text: str, hint: Any) -> Any:
    """The text as the type that a setting has.

    Args:
        name: of the setting.
        text: what the user wrote.
        hint: the annotation of the setting.

    Raises:
        InputError: if the text is not of that type.
    """
    if name == "output":
        return _output(text)
    union = get_origin(hint) in (Union, UnionType)
    possible = {get_origin(kind) or kind for kind in (get_args(hint) if union else (hint,))}
    for kind, reader in _READERS.items():
        if kind in possible:
            with suppress(ValueError, KeyError):
                return reader(text)
    words = " or ".join(_WORDS[kind] for kind in _WORDS if kind in possible)
    raise InputError(f"--set {name}={text}: {text!r} is not {words}")


def _output(text: str) -> Any:
    """The output of a name such as student_t."""
    outputs = gatecast.network.OUTPUTS
    known = {re.sub("(?<=.)(?=[A-Z])", "_", name).lower(): name for name in outputs}
    if text.lower() not in known:
        raise InputError(f"--output {text!r} is not known; choose from {', '.join(known)}")
    return outputs[known[text.lower()]]()


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(text)
    return number


_READERS: Mapping[Any, Callable[[str], Any]] = MappingProxyType(
    {
        NoneType: lambda text: {"none": None}[text.lower()],
        bool: lambda text: {"true": True, "false": False}[text.lower()],
        int: int,
        float: _finite,
        Sequence: names,
        Literal: str,
        str: str,
    }
)
"""How to read a text as a type; where a setting takes several, the first that can."""

_WORDS: Mapping[Any, str] = MappingProxyType(
    {bool: "true or false", int: "a whole number", float: "a number", NoneType: "none"}
)
