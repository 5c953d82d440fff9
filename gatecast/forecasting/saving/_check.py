"""What an artefact must hold, checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from gatecast._types import MOST_ROWS, Freq, InputError, check_whole
from gatecast.data import CALENDAR
from gatecast.forecasting._model import Columns, Made
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.saving._typed import check_record, check_value
from gatecast.framing import KINDS, TRAITS, ColumnVerdict, Predictors, blocks_ahead
from gatecast.network import Sizes

_MOST = 1_000_000
"""Rows of a season, features, columns: of the other settings, each has a bound of its own."""

Arrays = Mapping[str, Any]

_FIELDS: Mapping[str, Any] = MappingProxyType(
    {
        "parts": list[dict[str, Any]],
        "h": int,
        "period": float | None,
        "freq": Freq | None,
        "season_length": int,
        "unique_id": list[str | int],
        "integer_ds": bool,
        "targets": list[str],
        "static": list[str],
        "categories": dict[str, list[Any]],
        "exog_categories": dict[str, list[str]],
        "versions": dict[str, str],
    }
)
_PART_FIELDS: Mapping[str, Any] = MappingProxyType(
    {"role": str, "weights": str, "metric": str, "masked": bool, "step": int | None}
)
_COVARIATES: Mapping[str, Any] = MappingProxyType(
    {
        "hist": list[str],
        "futr": list[str],
        "calendar": list[str],
        "center": list[float],
        "spread": list[float],
        "static_center": dict[str, float],
        "static_spread": dict[str, float],
        "categories": dict[str, list[str]],
        "exog_categories": dict[str, list[str]],
    }
)
_EFFECTS: Mapping[str, Any] = MappingProxyType(
    {
        "used": list[str],
        "holidays": dict[str, list[str]],
        "relative": list[bool],
        "squared": list[int],
        "lags": list[int],
        "static": dict[str, list[str]],
        "differing": list[list[float]],
        "shared": list[float],
    }
)
_VERDICT: Mapping[str, Any] = MappingProxyType(
    {"columns": list[Any], "with_them": float | None, "without": float | None}
)
_CALIBRATION: Mapping[str, Any] = MappingProxyType({"kind": str, "skill": dict[str, float | None]})


def check_contents(manifest: Any, weights: Arrays, state: Arrays) -> None:
    """Raise unless fields have their types, sizes are possible and arrays fit together.

    Raises:
        InputError: naming the field or the array.
    """
    _check_fields("manifest", manifest, _FIELDS)
    check_record("made", manifest.get("made"), Made)
    check_record("columns", manifest.get("columns"), Columns)
    if not manifest["parts"] or not manifest["targets"]:
        raise InputError("parts or targets is empty")
    check_whole("h", manifest["h"], 1, MOST_ROWS)
    _check_size("season_length", manifest["season_length"], 1)
    for place, part in enumerate(manifest["parts"]):
        _check_part(part, len(manifest["targets"]), f"parts[{place}]")
        _check_weights(part, _of(f"{place}.", weights), place)
    _check_arrays(weights, state)
    _check_rows(manifest, state)
    _check_categories(manifest, state)
    _check_effects(manifest, state)
    _check_calibration(manifest, _of("calibration.", state))
    _check_kinds(_of("kinds.", state), len(manifest["unique_id"]))


def _check_fields(where: str, record: Any, kinds: Mapping[str, Any]) -> None:
    if type(record) is not dict:
        raise InputError(f"{where} is not a record")
    for name, kind in kinds.items():
        if name not in record:
            raise InputError(f"{where}.{name} is missing")
        check_value(f"{where}.{name}", record[name], kind)


def _check_size(name: str, size: int, least: int) -> None:
    if not least <= size <= _MOST:
        raise InputError(f"{name} must lie between {least} and {_MOST:,}, got {size}")


def _check_part(part: Any, targets: int, where: str) -> None:
    """Settings, the sizes that follow from them, and the columns of one part."""
    _check_fields(where, part, _PART_FIELDS)
    settings, sizes = part.get("settings"), part.get("sizes")
    check_record(f"{where}.settings", settings, Settings)
    check_record(f"{where}.sizes", sizes, Sizes)
    _check_numbers(settings)
    for name, size in sizes.items():
        if type(size) is int:
            _check_size(name, size, int(name in ("steps", "features", "horizon", "targets")))
    framing, columns = settings["framing"], part.get("covariates")
    # Networks of `AutoLSTM` read each target by itself.
    own = targets if part["role"] == "own" else 1
    check_whole("block", framing["block"], 1, MOST_ROWS)
    ahead = blocks_ahead(framing["horizon"], framing["block"])
    if (sizes["horizon"], sizes["targets"]) != (ahead, own):
        raise InputError(f"{where}: sizes do not follow from the settings")
    _check_fields(f"{where}.covariates", columns, _COVARIATES)
    named = _numbers_of(columns, "hist") + _numbers_of(columns, "futr")
    if not len(columns["center"]) == len(columns["spread"]) == named:
        raise InputError(f"{where}.covariates: center and spread do not fit the columns")
    if columns["static_center"].keys() != columns["static_spread"].keys():
        raise InputError(f"{where}.covariates: static columns differ")
    if any(columns[name] != settings["exogenous"][name] for name in settings["exogenous"]):
        raise InputError(f"{where}.covariates: other columns than in the settings")


def _numbers_of(covariates: Any, kind: str) -> int:
    """How many numbers the columns of a kind are: one, or one for each category."""
    known = covariates["exog_categories"]
    return sum(len(known.get(name, "1")) for name in covariates[kind])


def _check_numbers(record: Any) -> None:
    """No number in settings other than a seed can be larger than any array."""
    for name, value in record.items():
        if type(value) is dict:
            _check_numbers(value)
        elif type(value) is int and "seed" not in name and abs(value) > _MOST:
            raise InputError(f"{name} must be at most {_MOST:,}, got {value}")


def _check_weights(part: Any, own: Arrays, place: int) -> None:
    """Many units or outputs have as many weights: only then is memory taken for them."""
    trainable = [array for name, array in own.items() if name.startswith("trainable.")]
    if not trainable or any(array.ndim < 2 for array in own.values()):  # noqa: PLR2004 (groups and members)
        raise InputError(f"{place}.trainable: weights are missing or of the wrong shape")
    alike = {array.shape[:2] for array in own.values()}
    if len(alike) > 1 or not all(array.size for array in trainable):
        raise InputError(f"{place}.trainable: weights of different numbers of members")
    largest = max(array.size for array in trainable)
    made, sizes = part["settings"]["architecture"], part["sizes"]
    counts = {}
    # A user's network may have any weights for any sizes.
    if made["kind"] != "keras":
        counts = {"units": made["units"], "features": sizes["features"]}
    # A decoder has the same weights for any number of rows.
    if made["kind"] not in ("keras", "encoder_decoder"):
        counts["horizon"] = sizes["horizon"]
    for name, size in counts.items():
        if size > largest:
            raise InputError(f"{name} is {size}, which the weights are too few for")


def _check_arrays(weights: Arrays, state: Arrays) -> None:
    for name, array in (*weights.items(), *state.items()):
        if array.dtype.kind not in "fiu":
            raise InputError(f"{name} holds no numbers")
    for name, array in weights.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(f"{name} holds values that are not finite")


def _check_rows(manifest: dict[str, Any], state: Arrays) -> None:
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
        shape = array.shape[:1] if ".scaler." in name else array.shape
        if (name.startswith("static.") or ".scaler." in name) and shape != (series,):
            raise InputError(f"{name} does not fit unique_id")
        if name.endswith(".traits") and array.shape != (series, TRAITS):
            raise InputError(f"{name} does not fit unique_id")


def _check_effects(manifest: dict[str, Any], state: Arrays) -> None:
    """What was learnt of the effects of columns, in each part, and the verdict on them."""
    series = len(manifest["unique_id"])
    for place, part in enumerate(manifest["parts"]):
        told, arrays = part.get("effects"), _of(f"{place}.effects.", state)
        if told is None:
            continue
        where = f"parts[{place}].effects"
        _check_fields(where, told, _EFFECTS)
        whole, columns = (series, len(told["shared"])), len(part["covariates"]["center"])
        plain = (series, len(told["shared"]) - len(told["squared"]))
        one: tuple[int, ...] = (series,)
        shapes = {"slopes": whole, "center": plain, "unit": plain, "usual": one, "least": one}
        if {name: array.shape for name, array in arrays.items()} != shapes:
            raise InputError(f"{where}: an array is missing or of the wrong shape")
        calendar, lags = part["covariates"]["calendar"], told["lags"]
        numbers = columns + sum(2 if name in CALENDAR else 1 for name in calendar)
        numbers += sum(len(days) for days in told["holidays"].values()) + len(told["squared"])
        hist = _numbers_of(part["covariates"], "hist")
        numbers += hist * (len(lags) - 1)
        if (
            bool(lags) != bool(hist)
            or lags != sorted(set(lags))
            or not all(0 < lag <= _MOST for lag in lags)
        ):
            raise InputError(f"{where}.lags: not what the columns need")
        static = {name: tuple(words) for name, words in told["static"].items()}
        predictors = len(Predictors(static, len(manifest["targets"])).names) - 1
        wrong = len(told["differing"]) != predictors
        if wrong or any(len(each) != len(told["shared"]) for each in told["differing"]):
            raise InputError(f"{where}.differing: not what the columns need")
        places = all(0 <= place < columns for place in told["squared"])
        if len(told["relative"]) != columns or len(told["shared"]) != numbers or not places:
            raise InputError(f"{where}: other columns than in the covariates")
    if manifest.get("verdict") is not None:
        _check_fields("verdict", manifest["verdict"], _VERDICT)
        for number, column in enumerate(manifest["verdict"]["columns"]):
            check_record(f"verdict.columns[{number}]", column, ColumnVerdict)


def _check_categories(manifest: dict[str, Any], state: Arrays) -> None:
    """Exogenous columns of text: the same in all parts, and rows hold places among the words."""
    words = manifest["exog_categories"]
    for name, known in words.items():
        values = state.get(f"exog.{name}")
        if values is None or list(known) != sorted(set(known)):
            raise InputError(f"exog_categories: {name!r} has no rows, or words in disorder")
        places = values[~np.isnan(values)]
        if not np.isin(places, np.arange(len(known))).all():
            raise InputError(f"exog.{name} does not fit exog_categories")
    for place, part in enumerate(manifest["parts"]):
        columns = part["covariates"]
        read = {name for name in (*columns["hist"], *columns["futr"]) if name in words}
        if read != columns["exog_categories"].keys():
            raise InputError(f"parts[{place}].covariates: other columns of text than in the rows")


def _check_calibration(manifest: dict[str, Any], arrays: Arrays) -> None:
    if manifest.get("calibration") is None:
        return
    _check_fields("calibration", manifest["calibration"], _CALIBRATION)
    scores, weight, scale = (arrays.get(name) for name in ("scores", "weight", "scale"))
    if scores is None or weight is None or scale is None or scores.ndim != 2:  # noqa: PLR2004 (windows and steps)
        raise InputError("calibration: scores, weight or scale is missing or of the wrong shape")
    if weight.shape != scores.shape[:1] or scale.shape != (len(manifest["unique_id"]),):
        raise InputError("calibration: scores, weight and scale do not fit each other")


def _check_kinds(arrays: Arrays, series: int) -> None:
    if not arrays:
        return
    kind, share = arrays.get("kind"), arrays.get("share")
    if kind is None or share is None or not kind.shape == share.shape == (series,):
        raise InputError("kinds: kind or share is missing or does not fit unique_id")
    possible = kind.dtype.kind == "i" and np.isin(kind, np.arange(len(KINDS))).all()
    if not possible or not ((share >= 0) & (share <= 1)).all():
        raise InputError("kinds: kind or share holds numbers that cannot be")


def _of(prefix: str, arrays: Arrays) -> Arrays:
    return {
        name.removeprefix(prefix): each for name, each in arrays.items() if name.startswith(prefix)
    }
