"""The artefact: one file that holds a fitted forecaster and no code.

Its manifest names estimator, settings, columns and series; its state holds scaler, calibration, and
the last rows of each series that a forecast looks back on. No other training data.
"""

from __future__ import annotations

import math
import os
from dataclasses import asdict, replace
from typing import Any

import jax
import numpy as np

from gatecast._types import InputError, Panel
from gatecast.forecasting._model import Columns, Context, Made, Model, Origin
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.intervals import Calibration
from gatecast.forecasting.members import Combination, Kinds, Members, PartState, view_of
from gatecast.forecasting.saving._check import check_contents
from gatecast.forecasting.saving._file import (
    Contents,
    damage_told,
    read_contents,
    write_contents,
)
from gatecast.forecasting.saving._kept_programs import with_programs
from gatecast.framing import Covariates, Effects, Verdict, load_scaler
from gatecast.network import Sizes

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
    contents = (_manifest(model), _weights(model), _state(model))
    return write_contents(*contents, path, origin=model.origin, overwrite=overwrite)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read an artefact, checking every byte against its checksum.

    Raises:
        InputError: if the file is missing, is no artefact, is damaged or is of another format, or
            what it holds does not fit together.
    """
    return model_of(read_contents(path))


def model_of(contents: Contents) -> Model:
    """The model that a file holds.

    Raises:
        InputError: if it does not fit together, or is of whole sequences.
    """
    if contents.kind.startswith("Sequence"):
        raise InputError(
            f"{contents.source}: holds a {contents.kind}, which forecasts nothing: open it with "
            "gatecast.load in Python"
        )
    manifest, weights, state = contents.manifest, contents.weights, contents.state
    with damage_told(contents.source):
        _fill_in(manifest)
        check_contents(manifest, weights, state)
        model = _model(manifest, weights, state)
    model = replace(model, origin=contents.origin)
    return with_programs(model, [[part, contents.weights_checksum] for part in manifest["parts"]])


def _fill_in(manifest: dict[str, Any]) -> None:
    """What files of earlier versions do not say: no verdict or period, blocks of one row, ..."""
    for name in ("verdict", "period"):
        manifest.setdefault(name, None)
    for part in manifest["parts"]:
        part["settings"]["framing"].setdefault("block", 1)
        if part.get("effects"):
            part["effects"] = {"lags": [], "static": {}, "differing": []} | part["effects"]
    for column in (manifest["verdict"] or {}).get("columns", ()):
        column.setdefault("lags", [])
        column.setdefault("static", False)


def _manifest(model: Model) -> dict[str, Any]:
    calibration, panel = model.calibration, model.context.panel
    texts = {name: column.tolist() for name, column in panel.static.items() if _is_text(column)}
    return {
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
        "verdict": model.verdict and asdict(model.verdict),
        "period": model.period,
    }


def _calibration(calibration: Calibration) -> dict[str, Any]:
    # JSON has no infinity: it is the skill against a forecast that was perfect.
    skill = {
        name: value if math.isfinite(value) else None for name, value in calibration.skill.items()
    }
    return {"kind": calibration.kind, "skill": skill}


def _part(members: Members) -> dict[str, Any]:
    part, step, effects = members.part, members.view.step, members.view.effects
    return {
        "role": part.role,
        "weights": part.weights,
        "metric": part.metric,
        "settings": part.settings.to_json(),
        "sizes": asdict(members.sizes),
        "masked": members.masked,
        "covariates": members.view.covariates.to_json(),
        "effects": effects and {"used": part.effects, **effects.to_json()},
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
        if part.view.traits is not None:
            arrays[f"{place}.traits"] = part.view.traits
        if part.view.effects is not None:
            effects = part.view.effects.arrays()
            arrays |= {f"{place}.effects.{name}": array for name, array in effects.items()}
    if model.members.kinds is not None:
        kinds = model.members.kinds
        arrays |= {"kinds.kind": kinds.kind, "kinds.share": kinds.share}
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
    kinds, columns = _under("kinds", state), manifest["columns"]
    return Model(
        manifest["h"],
        manifest["freq"],
        manifest["season_length"],
        Combination(tuple(parts), Kinds(**kinds) if kinds else None),
        Context(panel, states),
        calibration,
        Columns(**columns | {"y": tuple(columns["y"])}),
        Made(**manifest["made"]),
        verdict=manifest["verdict"] and Verdict.from_json(manifest["verdict"]),
        period=manifest["period"],
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
    covariates, told = Covariates.from_json(content["covariates"]), content.get("effects")
    effects, used, lags, static = None, None, (), ()
    if told is not None:
        own = _under(f"{place}.effects", state)
        effects = Effects.from_json(told, covariates, own, len(manifest["targets"]))
        used, lags, static = (tuple(told[name]) for name in ("used", "lags", "static"))
    scaler = load_scaler(settings.scaler, learnt, season_length=manifest["season_length"])
    view = view_of(settings, scaler, covariates, step, effects)
    sizes = Sizes(**content["sizes"] | {"categories": tuple(content["sizes"]["categories"])})
    values = [_numbered(f"{place}.{kind}", weights) for kind in ("trainable", "other")]
    role, source, metric = (content[name] for name in ("role", "weights", "metric"))
    part = Part(settings, role, source, metric, used, lags, static)
    view = replace(view, traits=state.get(f"{place}.traits"))
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
