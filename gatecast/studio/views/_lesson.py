"""What a network sees of a series: sample by sample, with the real numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecast._types import Floats, Panel
from gatecast._wording import number
from gatecast.forecasting import LSTMForecaster
from gatecast.forecasting.fitting import TrainingSamples, training_samples
from gatecast.studio.views._ways import Way
from gatecast.studio.views._words import moment, step_word

if TYPE_CHECKING:
    from gatecast._types import Freq

_MOST_SAMPLES = 200


@dataclass(frozen=True)
class Row:
    """A row of the series.

    Attributes:
        name: its time in words.
        value: in the units of the data, None in a gap.
        text: the value in words.
    """

    name: str
    value: float | None
    text: str


@dataclass(frozen=True)
class Cell:
    """A number that the network reads, or has to answer.

    Attributes:
        row: of the series that it stands for; negative before the first one.
        scaled: what the network gets.
        told: that row in words.
    """

    row: int
    scaled: str
    told: str


@dataclass(frozen=True)
class Seen:
    """A sample.

    Attributes:
        first: the first row of the input; negative if the window begins before the series.
        origin: the first row of the target.
        steps: [time steps] of [features] what is read.
        answers: [horizon] what has to be answered.
        memory: what the network remembers before it reads this, in words.
    """

    first: int
    origin: int
    steps: list[list[Cell]]
    answers: list[Cell]
    memory: str


@dataclass(frozen=True)
class Lesson:
    """What a network sees of a series.

    Attributes:
        kind: the way its input is laid out.
        shape: [samples, time steps, features].
        step: what a row is: "month".
        carries: whether the memory goes on from sample to sample.
        layers: of the network.
        rows: the first rows of the series, as far as the samples reach.
        samples: the first ones.
    """

    kind: str
    shape: tuple[int, int, int]
    step: str
    carries: bool
    layers: int
    rows: list[Row]
    samples: list[Seen]


def lesson(panel: Panel, way: Way, look_back: int | None = None) -> Lesson:
    """What the network of a way is trained on: the arrays that the library itself makes.

    It calls JAX, so a service has to run it where it runs its models.

    Args:
        panel: a single series.
        way: how its input is laid out.
        look_back: past rows to see; the usual number of the way if None.

    Raises:
        InputError: if there are too few rows for one sample, or a setting is out of range.
    """
    keywords = dict(way.keywords)
    if look_back is not None:
        keywords["look_back"] = look_back
    settings = LSTMForecaster(**keywords).settings
    found = training_samples(settings, panel, _MOST_SAMPLES)
    x = np.asarray(found.sample.inputs.x)
    seen = found.origin[: len(x)]
    last = int(seen[-1]) + settings.framing.horizon
    rows = _rows(panel.ds[:last], panel.y[:last], panel.freq)
    return Lesson(
        way.kind,
        (len(found.origin), *x.shape[1:]),
        step_word(panel.freq),
        found.order is not None,
        way.layers,
        rows,
        _samples(found, rows, settings.framing.look_back),
    )


def single(panel: Panel, number: int) -> Panel:
    """One series of a panel, alone."""
    first, last = panel.offsets[number], panel.offsets[number + 1]
    return Panel(
        panel.ids[number : number + 1],
        panel.ds[first:last],
        panel.y[first:last],
        np.array([0, last - first]),
        panel.freq,
        season=panel.season,
    )


def _rows(ds: Any, y: Floats, freq: Freq) -> list[Row]:
    return [
        Row(moment(time, freq), None if np.isnan(value) else float(value), number(float(value)))
        for time, value in zip(ds, y, strict=True)
    ]


def _samples(found: TrainingSamples, rows: list[Row], look_back: int) -> list[Seen]:
    x, mask = np.asarray(found.sample.inputs.x), found.sample.inputs.mask
    targets = np.asarray(found.sample.targets)[..., 0]
    empty = np.zeros(x.shape[:2], bool) if mask is None else ~np.asarray(mask)
    samples = []
    for place in range(len(x)):
        origin = int(found.origin[place])
        first = origin - look_back
        answers = [
            Cell(origin + step, number(float(value)), _told(rows, origin + step))
            for step, value in enumerate(targets[place])
        ]
        steps = _steps(x[place], empty[place], first, look_back, rows)
        memory = _memory(place, look_back, carries=found.order is not None)
        samples.append(Seen(first, origin, steps, answers, memory))
    return samples


def _steps(x: Floats, empty: Any, first: int, look_back: int, rows: list[Row]) -> list[list[Cell]]:
    """[time steps] of [features] of a sample."""
    if x.shape != (1, x.shape[1]) or x.shape[1] == 1:
        return [
            [Cell(first + step, _skipped(values[0], hole), _told(rows, first + step))]
            for step, (values, hole) in enumerate(zip(x, empty, strict=True))
        ]
    # After the values come, where some can be missing, marks of those that are not.
    names = [_told(rows, first + place) for place in range(look_back)]
    names += [f"{name.partition(':')[0]}: 1 if known" for name in names]
    features = [
        Cell(first + place % look_back, number(float(value)), name)
        for place, (value, name) in enumerate(zip(x[0], names, strict=False))
    ]
    return [features]


def _skipped(value: Any, hole: Any) -> str:
    return "skipped" if hole else number(float(value))


def _told(rows: list[Row], row: int) -> str:
    """A row in words, in the units of the data."""
    if row < 0:
        return "before the first row"
    own = rows[row]
    return f"{own.name}: {'missing' if own.value is None else own.text}"


def _memory(place: int, look_back: int, *, carries: bool) -> str:
    if not carries:
        return "empty at the start of each sample"
    if not place:
        return "empty, as this is the first sample"
    return f"goes on from sample {place:,}, after {place * look_back:,} values read"
