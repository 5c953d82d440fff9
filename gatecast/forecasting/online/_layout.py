"""The state of single series as records of a fixed size, apart from the weights they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, Floats, InputError, Integers, Panel
from gatecast.data import later_ds
from gatecast.forecasting._model import Context, Model
from gatecast.forecasting.members import Combination, Kinds, Members, PartState
from gatecast.forecasting.online._update import weights_for
from gatecast.framing import load_scaler

Records: TypeAlias = NDArray[Any]
"""[ids] one record each; `StateLayout.dtype` names their fields."""

# Series that are forecast in one call.
_BLOCK = 8


class StateLayout:
    """How the state of one id of a model is laid out as a record, and back.

    A record holds all of a series that a forecast depends on besides what all series share: the
    last rows, hidden and cell state, the level, the scaler and the scale of the intervals. Its size
    does not depend on the history. Records are plain numbers: `tobytes` and `numpy.frombuffer`
    store them and bring them back.

    Args:
        model: fitted.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._kept = model.members.kept_rows

    @cached_property
    def shared(self) -> Model:
        """The model, forecasting and moving series in blocks of the same size."""
        parts = tuple(replace(part, block=_BLOCK) for part in self._model.members.parts)
        return replace(self._model, members=replace(self._model.members, parts=parts))

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The fields of a record.

        `rows` of the last rows there are, and `ds` of the first row (of every row, where times are
        irregular); `y` and `exog`, the newest row last. Where the rows begin in a gap, the last
        whole row before them is `front_y` and `front_exog`, `skipped` steps earlier, and is the
        first row. `scale` is that of the intervals; `kind` and `share` are those of `Kinds`, where
        there are any; then follow of each part `part_0`, ... its
        `memory_0`, ..., `level`, scaler, `traits` and effects.
        """
        model = self._model
        panel, count = model.context.panel, len(model.context.panel.targets)
        irregular = panel.freq == IRREGULAR
        fields: list[Any] = [
            ("rows", np.int64),
            ("skipped", np.int64),
            ("ds", np.int64, (self._kept + 1,) if irregular else ()),
            ("y", np.float64, (self._kept, count)),
            ("exog", np.float64, (self._kept, len(panel.exog))),
            ("front_y", np.float64, (count,)),
            ("front_exog", np.float64, (len(panel.exog),)),
            ("scale", np.float64, (count,)),
        ]
        fields += [(name, array.dtype, (count,)) for name, array in _kinds(model).items()]
        for number, (part, state) in enumerate(
            zip(model.members.parts, model.context.states, strict=True)
        ):
            own: list[Any] = [
                (f"memory_{place}", np.float32, (part.number, memory.shape[-1]))
                for place, memory in enumerate(state.memory)
            ]
            if state.level is not None:
                own.append(("level", np.float64, (count,)))
            own += [
                (name, array.dtype, (count, *array.shape[1:]))
                for name, array in _learnt(part).items()
            ]
            fields.append((f"part_{number}", own))
        return np.dtype(fields)

    def pack(self, model: Model) -> Records:
        """The state of each id of a model that has the same weights."""
        panel = model.context.panel
        count = len(panel.targets)
        records: Any = np.zeros(len(panel.ids) // count, self.dtype)
        lengths, first = panel.lengths[::count], panel.offsets[:-1].reshape(-1, count)
        rows = np.minimum(lengths, self._kept)
        skipped = lengths - rows
        if panel.freq == IRREGULAR:
            skipped = np.minimum(skipped, 1)
        records["rows"], records["skipped"] = rows, skipped
        # [ids, kept] places in the series, the newest row last.
        back = np.arange(-self._kept, 0)
        inside = back >= -rows[:, None]
        place = np.maximum(lengths[:, None] + back, 0)
        for target in range(count):
            own = first[:, target, None]
            records["y"][:, :, target] = np.where(inside, panel.y[own + place], 0)
            records["front_y"][:, target] = panel.y[own[:, 0]]
        for number, column in enumerate(panel.exog.values()):
            own = first[:, :1]
            records["exog"][:, :, number] = np.where(inside, column[own + place], 0)
            records["front_exog"][:, number] = column[own[:, 0]]
        times = panel.ds.astype(np.int64)
        if panel.freq == IRREGULAR:
            records["ds"][:, 1:] = np.where(inside, times[first[:, :1] + place], 0)
            records["ds"][:, 0] = times[first[:, 0]]
        else:
            records["ds"] = times[first[:, 0]]
        if model.calibration is not None:
            records["scale"] = model.calibration.scale.reshape(-1, count)
        for name, array in _kinds(model).items():
            records[name] = array.reshape(-1, count)
        _pack_parts(records, model)
        packed: Records = records
        return packed

    def unpack(self, ids: Sequence[str] | NDArray[Any], records: Records) -> Model:
        """The model with the series of some records; their weights are those it was made with.

        What it forecasts of a series is the same, bit for bit, whichever others are with it.

        Args:
            ids: of the records, sorted.
            records: at least one.

        Raises:
            InputError: naming an id that the model cannot take besides those it was fitted on.
        """
        model = self._model
        panel = self._panel(np.asarray(ids), records)
        known = self.known(panel.ids[:: len(panel.targets)])
        parts, states = [], []
        for number, part in enumerate(self.shared.members.parts):
            own = records[f"part_{number}"]
            memory = [
                np.ascontiguousarray(own[f"memory_{place}"].swapaxes(0, 1))
                for place in range(len(model.context.states[number].memory))
            ]
            has_level = model.context.states[number].level is not None
            states.append(PartState(memory, own["level"].reshape(-1) if has_level else None))
            parts.append(_with_series(part, own, model.season_length, known, panel))
        kinds, calibration = None, model.calibration
        if model.members.kinds is not None:
            kinds = Kinds(*(records[name].reshape(-1) for name in ("kind", "share")))
        if calibration is not None:
            calibration = replace(calibration, scale=records["scale"].reshape(-1))
        return replace(
            model,
            members=Combination(tuple(parts), kinds),
            context=Context(panel, states),
            calibration=calibration,
        )

    def alike(self, records: Records) -> list[Integers]:
        """Numbers of the records in groups, of which each is forecast and moved by itself.

        Networks read a mask where a step is empty, and for the whole of a call: so series with
        empty steps are kept apart from the others. Local models have weights for each series.
        """
        if any(part.settings.scope == "local" for part in self._model.members.parts):
            return [np.array([place]) for place in range(len(records))]
        rows = records["rows"]
        inside = np.arange(self._kept) >= self._kept - rows[:, None]
        gap = (np.isnan(records["y"]) & inside[:, :, None]).any(axis=(1, 2))
        gap |= records["skipped"] > 0
        traits = [gap] + [rows < part.context_rows for part in self._model.members.parts]
        every = np.stack(traits, axis=1)
        if (every == every[:1]).all():
            return [np.arange(len(records))]
        kind = np.unique(every, axis=0, return_inverse=True)[1].reshape(-1)
        return [np.flatnonzero(kind == each) for each in range(kind.max() + 1)]

    def known(self, ids: Sequence[str] | NDArray[Any]) -> Integers:
        """[ids] the number of each in the fitted model; -1 for one that is new to it."""
        panel = self._model.context.panel
        place = {name: n for n, name in enumerate(panel.ids[:: len(panel.targets)].tolist())}
        return np.array([place.get(name, -1) for name in np.asarray(ids).tolist()], np.int64)

    def last_ds(self, records: Records) -> NDArray[Any]:
        """[ids] the time of the last row of each record."""
        panel = self._model.context.panel
        if panel.freq == IRREGULAR:
            newest: NDArray[Any] = records["ds"][:, -1].astype(panel.ds.dtype)
            return newest
        first = records["ds"].astype(panel.ds.dtype)
        return later_ds(first, panel.freq, records["rows"] + records["skipped"] - 1)

    def _panel(self, ids: NDArray[Any], records: Records) -> Panel:
        """The last rows of each record."""
        template = self._model.context.panel
        count, rows, skipped = len(template.targets), records["rows"], records["skipped"]
        lengths = rows + skipped
        offsets = np.concatenate([[0], np.cumsum(np.repeat(lengths, count))])
        first = offsets[:-1].reshape(-1, count)
        back = np.arange(-self._kept, 0)
        inside = back >= -rows[:, None]
        begun = skipped > 0
        y = np.full(offsets[-1], np.nan)
        exog = {name: np.full(offsets[-1], np.nan) for name in template.exog}
        ds = np.empty(offsets[-1], template.ds.dtype)
        for target in range(count):
            own = first[:, target, None]
            place = (own + lengths[:, None] + back)[inside]
            y[place] = records["y"][:, :, target][inside]
            y[own[begun, 0]] = records["front_y"][begun, target]
            for number, column in enumerate(exog.values()):
                column[place] = records["exog"][:, :, number][inside]
                column[own[begun, 0]] = records["front_exog"][begun, number]
            if template.freq == IRREGULAR:
                ds[place] = records["ds"][:, 1:][inside].astype(ds.dtype)
                ds[own[begun, 0]] = records["ds"][begun, 0].astype(ds.dtype)
        if template.freq != IRREGULAR:
            each = np.repeat(np.repeat(records["ds"], count), np.diff(offsets))
            step = np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))
            ds = later_ds(each.astype(ds.dtype), template.freq, step)
        known = self.known(ids)
        return replace(
            template,
            ids=np.repeat(ids, count),
            ds=ds,
            y=y,
            offsets=offsets,
            exog=exog,
            static=self._static(ids, known),
        )

    def _static(self, ids: NDArray[Any], known: Integers) -> dict[str, NDArray[Any]]:
        """The static columns of the series, which only the fitted ones have."""
        template = self._model.context.panel
        if template.static and (known < 0).any():
            new = str(ids[(known < 0).argmax()])
            raise InputError(
                f"series {new!r} is new: a model with static columns takes only the series it "
                "was fitted on"
            )
        count = len(template.targets)
        number = (known[:, None] * count + np.arange(count)).reshape(-1)
        return {name: column[number] for name, column in template.static.items()}


def _pack_parts(records: Records, model: Model) -> None:
    """The states of all parts, and what they learnt of each series."""
    count = len(model.context.panel.targets)
    for number, (part, state) in enumerate(
        zip(model.members.parts, model.context.states, strict=True)
    ):
        own = records[f"part_{number}"]
        for place, memory in enumerate(state.memory):
            own[f"memory_{place}"] = np.asarray(memory).swapaxes(0, 1)
        if state.level is not None:
            own["level"] = state.level.reshape(-1, count)
        for name, array in _learnt(part).items():
            own[name] = array.reshape(-1, count, *array.shape[1:])


def _kinds(model: Model) -> dict[str, Any]:
    """[series] kind and share, where there are any."""
    kinds = model.members.kinds
    return {} if kinds is None else {"kind": kinds.kind, "share": kinds.share}


def _learnt(part: Members) -> dict[str, Floats]:
    """[series, ...] each: what the scaler learnt, and traits and effects where there are any."""
    traits, effects = part.view.traits, part.view.effects
    learnt = part.view.scaler.arrays() | ({} if traits is None else {"traits": traits})
    return learnt if effects is None else learnt | effects.arrays()


def _with_series(
    part: Members, own: Records, season_length: int, known: Integers, panel: Panel
) -> Members:
    """A part with what is known of the series of records: scalers, traits, effects, weights."""
    arrays = {name: own[name].reshape(-1, *own[name].shape[2:]) for name in _learnt(part)}
    names, effects = part.view.scaler.arrays(), part.view.effects
    learnt = {name: arrays[name] for name in names}
    scaler = load_scaler(part.settings.scaler, learnt, season_length=season_length)
    if effects is not None:
        effects = effects.with_arrays({name: arrays[name] for name in effects.arrays()})
    return replace(
        part,
        view=replace(part.view, scaler=scaler, traits=arrays.get("traits"), effects=effects),
        weights=weights_for(part, panel, known),
    )
