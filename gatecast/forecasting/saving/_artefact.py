"""The artefact: one file that holds a fitted forecaster and no code.

A zip archive of `manifest.json` (estimator, settings, columns, series, checksums, versions),
`weights.safetensors`, `state.safetensors` (scaler, calibration, and the last rows of each
series that a forecast looks back on) and, where one can be made, `programs/0`, ... (the forecast
of each part as arithmetic on arrays, so that it needs no Keras). No other training data, no
pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors.numpy import load, save

from gatecast._files import write_file
from gatecast._types import InputError, Panel
from gatecast.forecasting._model import Columns, Context, Made, Model
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.intervals import Calibration
from gatecast.forecasting.members import (
    Combination,
    Members,
    PartState,
    Program,
    traced,
    view_of,
)
from gatecast.framing import Covariates, load_scaler
from gatecast.network import Sizes

FORMAT = 3
_PACKAGES = ("gatecast", "keras", "jax", "numpy")
_MANIFEST = "manifest.json"
_DAMAGED = (
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

Arrays = dict[str, Any]


def save_model(model: Model, path: str | os.PathLike[str]) -> Path:
    """Write the artefact; the file appears whole or not at all.

    Raises:
        InputError: if the place cannot be written.
    """
    members = {
        "weights.safetensors": save(_weights(model)),
        "state.safetensors": save(_state(model)),
        **_programs(model),
    }
    manifest = _manifest(model) | {
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    }

    def write(file: Path) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
            for name, content in members.items():
                archive.writestr(name, content, zipfile.ZIP_DEFLATED)

    return write_file(path, write)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read an artefact, checking every byte against its checksum.

    Raises:
        InputError: if the file is missing, is no artefact, is damaged or is of another format.
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
            if manifest["format"] < FORMAT:
                raise InputError(
                    f"{source}: written in format {manifest['format']} by gatecast "
                    f"{manifest['versions']['gatecast']}, before {FORMAT}, the first that this "
                    "gatecast reads: fit and save the model again"
                )
            contents = {name: archive.read(name) for name in manifest["sha256"]}
    except FileNotFoundError:
        raise InputError(f"{source}: no such file") from None
    except _DAMAGED as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: not a gatecast model, or damaged ({error})") from None
    for name, digest in manifest["sha256"].items():
        if hashlib.sha256(contents[name]).hexdigest() != digest:
            raise InputError(f"{source}: {name} does not match its checksum; the file is damaged")
    model = _model(
        manifest, load(contents["weights.safetensors"]), load(contents["state.safetensors"])
    )
    return _with_programs(model, contents)


def _manifest(model: Model) -> dict[str, Any]:
    calibration, panel = model.calibration, model.context.panel
    texts = {name: column.tolist() for name, column in panel.static.items() if _is_text(column)}
    return {
        "format": FORMAT,
        "made": asdict(model.made),
        "parts": [_part(part) for part in model.members.parts],
        "h": model.h,
        "freq": model.freq,
        "season_length": model.season_length,
        "columns": asdict(model.columns),
        "unique_id": panel.ids.tolist(),
        "integer_ds": bool(np.issubdtype(panel.ds.dtype, np.integer)),
        "targets": list(panel.targets),
        "static": list(panel.static),
        "categories": texts,
        "calibration": calibration and {"kind": calibration.kind, "skill": calibration.skill},
        "versions": {package: version(package) for package in _PACKAGES},
    }


def _part(members: Members) -> dict[str, Any]:
    part, step = members.part, members.view.step
    return {
        "role": part.role,
        "weights": part.weights,
        "metric": part.metric,
        "settings": part.settings.to_json(),
        "sizes": asdict(members.sizes),
        "masked": members.masked,
        "covariates": members.view.covariates.to_json(),
        # Nanoseconds, or the step of whole numbers.
        "step": None if step is None else int(np.asarray(step).astype(np.int64)),
    }


def _weights(model: Model) -> Arrays:
    return {
        # safetensors would write the values of other arrays in the wrong order.
        f"{place}.{kind}.{number}": np.ascontiguousarray(value)
        for place, part in enumerate(model.members.parts)
        for kind, values in zip(("trainable", "other"), part.weights, strict=True)
        for number, value in enumerate(values)
    }


def _programs(model: Model) -> dict[str, bytes]:
    made = [traced(part, model.context.panel, model.h) for part in model.members.parts]
    return {
        _program_name(place): program.content
        for place, program in enumerate(made)
        if program is not None
    }


def _with_programs(model: Model, contents: dict[str, bytes]) -> Model:
    parts = (
        replace(part, program=Program(contents[name])) if name in contents else part
        for place, part in enumerate(model.members.parts)
        for name in [_program_name(place)]
    )
    return replace(model, members=Combination(tuple(parts)))


def _program_name(place: int) -> str:
    return f"programs/{place}"


def _state(model: Model) -> Arrays:
    context, calibration = model.context, model.calibration
    panel = context.panel
    # Times are integers, or nanoseconds since 1970.
    arrays = {"y": panel.y, "ds": panel.ds.astype(np.int64), "offsets": panel.offsets}
    arrays |= {f"exog.{name}": column for name, column in panel.exog.items()}
    arrays |= {
        f"static.{name}": column for name, column in panel.static.items() if not _is_text(column)
    }
    for place, (part, own) in enumerate(zip(model.members.parts, context.states, strict=True)):
        learnt = part.view.scaler.arrays()
        arrays |= {f"{place}.scaler.{name}": array for name, array in learnt.items()}
        arrays |= {f"{place}.memory.{number}": array for number, array in enumerate(own.memory)}
        if own.level is not None:
            arrays[f"{place}.level"] = own.level
    if calibration:
        arrays |= {
            f"calibration.{name}": getattr(calibration, name)
            for name in ("scores", "weight", "scale")
        }
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _model(manifest: dict[str, Any], weights: Arrays, state: Arrays) -> Model:
    panel = _panel(manifest, state)
    parts, states = [], []
    for place, content in enumerate(manifest["parts"]):
        parts.append(_members(place, content, manifest, (weights, state)))
        memory = _numbered(f"{place}.memory", state)
        states.append(PartState(memory, state.get(f"{place}.level")))
    calibration = manifest["calibration"] and Calibration(
        **_under("calibration", state), **manifest["calibration"]
    )
    columns = manifest["columns"]
    return Model(
        manifest["h"],
        manifest["freq"],
        manifest["season_length"],
        Combination(tuple(parts)),
        Context(panel, states),
        calibration,
        Columns(**columns | {"y": tuple(columns["y"])}),
        Made(**manifest["made"]),
    )


def _panel(manifest: dict[str, Any], state: Arrays) -> Panel:
    ds, texts = state["ds"], manifest["categories"]
    return Panel(
        ids=np.asarray(manifest["unique_id"]),
        ds=ds if manifest["integer_ds"] else ds.view("datetime64[ns]"),
        y=state["y"],
        offsets=state["offsets"],
        freq=manifest["freq"],
        exog=_under("exog", state),
        static={
            name: np.asarray(texts[name], object) if name in texts else state[f"static.{name}"]
            for name in manifest["static"]
        },
        targets=tuple(manifest["targets"]),
    )


def _members(
    place: int, content: dict[str, Any], manifest: dict[str, Any], arrays: tuple[Arrays, Arrays]
) -> Members:
    weights, state = arrays
    settings = Settings.from_json(content["settings"])
    learnt = _under(f"{place}.scaler", state)
    step = content["step"]
    if step is not None and not manifest["integer_ds"]:
        step = np.timedelta64(step, "ns")
    view = view_of(
        settings,
        load_scaler(settings.scaler, learnt, season_length=manifest["season_length"]),
        Covariates.from_json(content["covariates"]),
        step,
    )
    sizes = Sizes(**content["sizes"] | {"categories": tuple(content["sizes"]["categories"])})
    values = [_numbered(f"{place}.{kind}", weights) for kind in ("trainable", "other")]
    part = Part(settings, content["role"], content["weights"], content["metric"])
    return Members(part, view, sizes, tuple(values), content["masked"])


def _is_text(column: Any) -> bool:
    return bool(column.dtype.kind == "O")


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {
        name.removeprefix(f"{prefix}."): array
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }


def _numbered(prefix: str, arrays: Arrays) -> list[Any]:
    found = _under(prefix, arrays)
    return [jax.device_put(found[str(place)]) for place in range(len(found))]
