"""The state of single series as records of a fixed size, apart from the weights they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, InputError, Integers, Panel
from gatecast.data import future_ds
from gatecast.forecasting._model import Context, Model
from gatecast.forecasting.members import Combination, Members, PartState
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
        # The rows that are kept, and in front what bridges a gap at their beginning.
        self._slots = self._kept + 1

    @cached_property
    def shared(self) -> Model:
        """The model, forecasting and moving series in blocks of the same size."""
        parts = tuple(replace(part, block=_BLOCK) for part in self._model.members.parts)
        return replace(self._model, members=Combination(parts))

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The fields of a record.

        `rows` of the last rows there are; `ds` of the first of them (all, where times are
        irregular); `y` and `exog`, the newest row last; `scale` of the intervals; then of each part
        `part_0`, ... its `memory_0`, ..., `level` and scaler. Where there are more rows than a
        model keeps, since the first of these lacks a value, the values in front are the last ones
        before, and no other value lies between.
        """
        model = self._model
        panel, count = model.context.panel, len(model.context.panel.targets)
        times = (self._slots,) if panel.freq == IRREGULAR else ()
        fields: list[Any] = [
            ("rows", np.int64),
            ("ds", np.int64, times),
            ("y", np.float64, (self._slots, count)),
            ("exog", np.float64, (self._slots, len(panel.exog))),
            ("scale", np.float64, (count,)),
        ]
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
                for name, array in part.view.scaler.arrays().items()
            ]
            fields.append((f"part_{number}", own))
        return np.dtype(fields)

    def pack(self, model: Model) -> Records:
        """The state of each id of a model that has the same weights."""
        panel = model.context.panel
        count = len(panel.targets)
        records = np.zeros(len(panel.ids) // count, self.dtype)
        lengths, offsets = panel.lengths[::count], panel.offsets[:-1].reshape(-1, count)
        irregular = panel.freq == IRREGULAR
        records["rows"] = np.minimum(lengths, self._slots) if irregular else lengths
        # [ids, slots] places in the panel, the newest row last.
        back = np.arange(-self._slots, 0)
        inside = back >= -lengths[:, None]
        longer = np.flatnonzero(lengths > self._kept)

        def newest(column: NDArray[Any], target: int = 0) -> NDArray[Any]:
            place = offsets[:, target, None] + lengths[:, None] + back
            found: NDArray[Any] = np.where(inside, column[np.maximum(place, 0)], 0)
            for each in longer:
                first = offsets[each, target]
                found[each, 0] = _last_value(column[first : first + lengths[each] - self._kept])
            return found

        times = panel.ds.astype(np.int64)
        records["ds"] = newest(times) if irregular else times[offsets[:, 0]]
        for target in range(count):
            records["y"][:, :, target] = newest(panel.y, target)
        for place, column in enumerate(panel.exog.values()):
            records["exog"][:, :, place] = newest(column)
        if model.calibration is not None:
            records["scale"] = model.calibration.scale.reshape(-1, count)
        for number, (part, state) in enumerate(
            zip(model.members.parts, model.context.states, strict=True)
        ):
            own = records[f"part_{number}"]
            for place, memory in enumerate(state.memory):
                own[f"memory_{place}"] = np.asarray(memory).swapaxes(0, 1)
            if state.level is not None:
                own["level"] = state.level.reshape(-1, count)
            for name, array in part.view.scaler.arrays().items():
                own[name] = array.reshape(-1, count, *array.shape[1:])
        return records

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
        calibration = model.calibration
        if calibration is not None:
            calibration = replace(calibration, scale=records["scale"].reshape(-1))
        return replace(
            model,
            members=Combination(tuple(parts)),
            context=Context(panel, states),
            calibration=calibration,
        )

    def known(self, ids: Sequence[str] | NDArray[Any]) -> Integers:
        """[ids] the number of each in the fitted model; -1 for one that is new to it."""
        panel = self._model.context.panel
        place = {name: n for n, name in enumerate(panel.ids[:: len(panel.targets)].tolist())}
        return np.array([place.get(name, -1) for name in np.asarray(ids).tolist()], np.int64)

    def last_ds(self, records: Records) -> NDArray[Any]:
        """[ids] the time of the last row of each record."""
        last: NDArray[Any] = self._times(records)[np.arange(len(records)), records["rows"] - 1]
        return last

    def _times(self, records: Records) -> NDArray[Any]:
        """[ids, rows] times from the first row of each record on."""
        panel = self._model.context.panel
        if panel.freq == IRREGULAR:
            place = np.arange(self._slots) - records["rows"][:, None]
            return np.take_along_axis(records["ds"], place, axis=1).astype(panel.ds.dtype)
        first = records["ds"].astype(panel.ds.dtype)[:, None]
        longest = int(records["rows"].max())
        if longest == 1:
            return first
        return np.concatenate([first, future_ds(first[:, 0], panel.freq, longest - 1)], axis=1)

    def _panel(self, ids: NDArray[Any], records: Records) -> Panel:
        """The last rows of each record."""
        template = self._model.context.panel
        count, lengths = len(template.targets), records["rows"]
        most = max(self._slots, int(lengths.max()))
        inside = np.arange(most) >= most - lengths[:, None]
        # Ids first, then their targets, then rows.
        y = np.stack([self._spread(records["y"][:, :, n], lengths, most) for n in range(count)], 1)
        by_series = y[np.broadcast_to(inside[:, None], y.shape)]
        times = self._times(records)
        ds = times[np.arange(times.shape[1]) < lengths[:, None]]
        rows_of_id = np.repeat(np.arange(len(ids)), lengths)
        place = np.concatenate([[0], np.cumsum(np.repeat(lengths, count))])
        if count > 1:
            repeated = np.concatenate(
                [np.tile(np.flatnonzero(rows_of_id == number), count) for number in range(len(ids))]
            )
        else:
            repeated = np.arange(len(ds))
        known = self.known(ids)
        return replace(
            template,
            ids=np.repeat(ids, count),
            ds=ds[repeated],
            y=by_series,
            offsets=place,
            exog={
                name: self._spread(records["exog"][:, :, column], lengths, most)[inside][repeated]
                for column, name in enumerate(template.exog)
            },
            static=self._static(ids, known),
        )

    def _spread(self, slots: NDArray[Any], lengths: Integers, most: int) -> NDArray[Any]:
        """[ids, most] the rows of [ids, slots], the newest one last, with the gaps in front."""
        found = np.full((len(slots), most), np.nan)
        found[:, most - self._kept :] = slots[:, 1:]
        longer = np.flatnonzero(lengths > self._kept)
        found[longer, most - lengths[longer]] = slots[longer, 0]
        return found

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


def _last_value(values: NDArray[Any]) -> Any:
    """The last number among values, NaN if there is none; of times the first."""
    if values.dtype.kind == "i":
        return values[0]
    known = values[~np.isnan(values)]
    return known[-1] if len(known) else np.nan


def _with_series(
    part: Members, own: Records, season_length: int, known: Integers, panel: Panel
) -> Members:
    """A part with the scalers, and where each series has its own the weights, of some records."""
    names = part.view.scaler.arrays()
    arrays = {name: own[name].reshape(-1, *own[name].shape[2:]) for name in names}
    scaler = load_scaler(part.settings.scaler, arrays, season_length=season_length)
    return replace(
        part,
        view=replace(part.view, scaler=scaler),
        weights=weights_for(part, panel, known),
    )
