"""The artefact: one file that holds a fitted forecaster and no code.

A zip archive, not compressed, of `manifest.json` (estimator, settings, columns, series, checksums,
versions) and `manifest.sha256`, `weights.safetensors`, and `state.safetensors` (scaler,
calibration, and the last rows of each series that a forecast looks back on): numbers and settings
only. No other training data, no pickle, nothing that runs.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import asdict, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from gatecast._files import write_file
from gatecast._lock import locked
from gatecast._types import InputError, Panel
from gatecast.forecasting._model import Columns, Context, Made, Model, Origin
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.intervals import Calibration
from gatecast.forecasting.members import Combination, Members, PartState, view_of
from gatecast.forecasting.saving._archive import read_archive, write_archive
from gatecast.forecasting.saving._check import check_contents
from gatecast.forecasting.saving._kept_programs import with_programs
from gatecast.framing import Covariates, load_scaler
from gatecast.network import Sizes

FORMAT = 4
_PACKAGES = ("gatecast", "keras", "jax", "numpy")
_MANIFEST = "manifest.json"
_CHECKSUM = "manifest.sha256"
_WEIGHTS = "weights.safetensors"
_STATE = "state.safetensors"
# Another process writes for less than that.
_WAIT_SECONDS = 60.0
# What reading contents of the wrong kind raises.
_DAMAGED = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    SafetensorError,
    TypeError,
    ValueError,
)

Arrays = dict[str, Any]


def save_model(model: Model, path: str | os.PathLike[str], *, overwrite: bool = False) -> Origin:
    """Write the artefact; the file appears whole or not at all, and equal models give equal files.

    Args:
        model: to save.
        path: of the file.
        overwrite: replace the file that the model was loaded from even if it has changed.

    Returns:
        The file, as `load_model` would find it.

    Raises:
        InputError: if the place cannot be written, or what something else wrote would be lost.
    """
    arrays = {_WEIGHTS: save(_weights(model)), _STATE: save(_state(model))}
    manifest = _manifest(model) | {"sha256": {name: _sha256(arrays[name]) for name in arrays}}
    text = json.dumps(manifest, indent=1).encode()
    saved = Origin(Path(os.path.realpath(path)), _sha256(text))
    contents = {_MANIFEST: text, _CHECKSUM: saved.checksum.encode(), **arrays}
    if saved.path.exists() and not saved.path.is_file():
        # Such as a pipe, which holds nothing that could be lost.
        write_file(path, partial(write_archive, contents))
        return saved
    with locked(Path(path), "saving", wait_seconds=_WAIT_SECONDS):
        if not overwrite:
            _refuse_lost_changes(model.origin, saved.path, path)
        write_file(path, partial(write_archive, contents))
    return saved


def _refuse_lost_changes(origin: Origin | None, target: Path, path: str | os.PathLike[str]) -> None:
    if origin is None or origin.path != target or not target.exists():
        return
    try:
        found = read_archive(target, (_CHECKSUM,))[_CHECKSUM]
    except InputError:
        found = b""
    if found != origin.checksum.encode():
        raise InputError(
            f"{path} was changed by something else since it was loaded, and is left as it is now: "
            "load it and change it again (in Python, save with overwrite=True replaces it)"
        )


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read an artefact, checking every byte against its checksum.

    Raises:
        InputError: if the file is missing, is no artefact, is damaged or is of another format, or
            what it holds does not fit together.
    """
    source = Path(path)
    # Of another format the other contents may be of any size.
    contents = read_archive(source, (_MANIFEST,))
    try:
        manifest = json.loads(contents[_MANIFEST])
        _check_format(source, manifest["format"], str(manifest["versions"]["gatecast"]))
        contents |= read_archive(source, (_CHECKSUM, _WEIGHTS, _STATE))
        digests = {_MANIFEST: contents[_CHECKSUM].decode(), **manifest["sha256"]}
        for name in (_MANIFEST, _WEIGHTS, _STATE):
            if _sha256(contents[name]) != digests[name]:
                raise InputError(
                    f"{source}: {name} does not match its checksum; the file is damaged"
                )
        weights, state = load(contents[_WEIGHTS]), load(contents[_STATE])
        check_contents(manifest, weights, state)
        model = _model(manifest, weights, state)
    except _DAMAGED as error:
        if isinstance(error, InputError) and str(error).startswith(f"{source}: "):
            raise
        words = " ".join(str(error).split())
        raise InputError(f"{source}: not a gatecast model, or damaged ({words})") from None
    model = replace(model, origin=Origin(Path(os.path.realpath(source)), digests[_MANIFEST]))
    return with_programs(model, [[part, digests[_WEIGHTS]] for part in manifest["parts"]])


def _check_format(source: Path, found: Any, written_by: str) -> None:
    if type(found) is not int:
        raise InputError(f"{source}: not a gatecast model, or damaged (format {found!r})")
    if found > FORMAT:
        raise InputError(
            f"{source}: written by gatecast {written_by} in format {found}, newer than this "
            f"gatecast reads ({FORMAT}): upgrade it"
        )
    if found < FORMAT:
        raise InputError(
            f"{source}: written in format {found} by gatecast {written_by}, before {FORMAT}, the "
            "first that this gatecast reads: fit and save the model again"
        )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
        "exog_categories": {name: list(words) for name, words in panel.categories.items()},
        "calibration": calibration and _calibration(calibration),
        "versions": {package: version(package) for package in _PACKAGES},
    }


def _calibration(calibration: Calibration) -> dict[str, Any]:
    # JSON has no infinity: it is the skill against a forecast that was perfect.
    skill = {
        name: value if math.isfinite(value) else None for name, value in calibration.skill.items()
    }
    return {"kind": calibration.kind, "skill": skill}


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
        **_under("calibration", state),
        kind=manifest["calibration"]["kind"],
        skill={
            name: -math.inf if value is None else value
            for name, value in manifest["calibration"]["skill"].items()
        },
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
        categories={name: tuple(words) for name, words in manifest["exog_categories"].items()},
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
