"""The artefact: one file that holds a fitted forecaster and nothing that runs.

A zip archive of `manifest.json` (settings, series, checksums, versions), `weights.safetensors`
and `state.safetensors` (scaler, calibration, and the last rows of each series that a forecast
looks back on). No other training data, no pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load, save

from gatecast._types import InputError
from gatecast.forecasting._calibration import Calibration
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._model import Context, Model
from gatecast.forecasting._settings import Settings
from gatecast.framing import load_scaler

FORMAT = 1
_PACKAGES = ("gatecast", "keras", "jax", "numpy")
_MANIFEST = "manifest.json"

Arrays = dict[str, Any]


def save_model(model: Model, path: str | os.PathLike[str]) -> Path:
    """Write the artefact; the file appears whole or not at all.

    Raises:
        InputError: if the place cannot be written.
    """
    target = Path(path)
    members = {
        "weights.safetensors": save(_weights(model)),
        "state.safetensors": save(_state(model)),
    }
    manifest = _manifest(model) | {
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    }
    staged = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(staged, "w") as archive:
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
            for name, content in members.items():
                archive.writestr(name, content)
        staged.replace(target)
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            staged.unlink()
    return target


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read an artefact, checking every byte against its checksum.

    Raises:
        InputError: if the file is missing, is no artefact, is damaged or is of a newer format.
    """
    source = Path(path)
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if manifest["format"] > FORMAT:
                raise InputError(
                    f"{source}: written by gatecast {manifest['versions']['gatecast']} in format "
                    f"{manifest['format']}, newer than this gatecast reads ({FORMAT}): upgrade it"
                )
            contents = {name: archive.read(name) for name in manifest["sha256"]}
    except FileNotFoundError:
        raise InputError(f"{source}: no such file") from None
    except (EOFError, KeyError, OSError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: not a gatecast model, or damaged ({error})") from None
    for name, digest in manifest["sha256"].items():
        if hashlib.sha256(contents[name]).hexdigest() != digest:
            raise InputError(f"{source}: {name} does not match its checksum; the file is damaged")
    return _model(
        manifest, load(contents["weights.safetensors"]), load(contents["state.safetensors"])
    )


def _manifest(model: Model) -> dict[str, Any]:
    calibration = model.calibration
    return {
        "format": FORMAT,
        "settings": [part.settings.to_json() for part in model.combination.parts],
        "h": model.h,
        "freq": model.freq,
        "season_length": model.season_length,
        "unique_id": model.context.ids.tolist(),
        "calibration": calibration
        and {"relative": calibration.relative, "skill": calibration.skill},
        "versions": {package: version(package) for package in _PACKAGES},
    }


def _weights(model: Model) -> Arrays:
    return {
        f"{place}.{kind}.{number}": np.asarray(value)
        for place, part in enumerate(model.combination.parts)
        for kind, values in zip(("trainable", "other"), part.weights, strict=True)
        for number, value in enumerate(values)
    }


def _state(model: Model) -> Arrays:
    context, calibration = model.context, model.calibration
    # Times are integers, or nanoseconds since 1970.
    arrays = {"history": context.history, "last_ds": context.last_ds.astype(np.int64)}
    for place, (part, memory) in enumerate(
        zip(model.combination.parts, context.memory, strict=True)
    ):
        learnt = part.scaler.arrays()
        arrays |= {f"{place}.scaler.{name}": array for name, array in learnt.items()}
        arrays |= {f"{place}.memory.{number}": array for number, array in enumerate(memory)}
    if calibration:
        arrays |= {"calibration.errors": calibration.errors, "calibration.scale": calibration.scale}
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _model(manifest: dict[str, Any], weights: Arrays, state: Arrays) -> Model:
    season, freq, last_ds = manifest["season_length"], manifest["freq"], state["last_ds"]
    parts, memory = [], []
    for place, content in enumerate(manifest["settings"]):
        settings = Settings.from_json(content)
        learnt = _under(f"{place}.scaler", state)
        scaler = load_scaler(settings.scaler, learnt, season_length=season)
        values = [_numbered(f"{place}.{kind}", weights) for kind in ("trainable", "other")]
        parts.append(Ensemble(settings, scaler, tuple(values)))
        memory.append(_numbered(f"{place}.memory", state))
    context = Context(
        ids=np.asarray(manifest["unique_id"]),
        last_ds=last_ds if isinstance(freq, int) else last_ds.view("datetime64[ns]"),
        history=state["history"],
        memory=memory,
    )
    calibration = manifest["calibration"] and Calibration(
        **_under("calibration", state), **manifest["calibration"]
    )
    return Model(manifest["h"], freq, season, Combination(tuple(parts)), context, calibration)


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {
        name.removeprefix(f"{prefix}."): array
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }


def _numbered(prefix: str, arrays: Arrays) -> list[Any]:
    found = _under(prefix, arrays)
    return [jnp.asarray(found[str(place)]) for place in range(len(found))]
