"""Where the rows of a lesson and the window over them are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from gatecast.studio.views._lesson import Lesson

PITCH = 20
"""Pixels from row to row."""
SHOWN = 26
"""Rows in view."""
WIDTH, HEIGHT = PITCH * SHOWN, 190
TOP, BOTTOM = 16, 154
_NAMED = 6  # one row in so many has its name below
_AHEAD = 8  # rows in view beyond the target


@dataclass(frozen=True)
class Dot:
    """A row: its number, its place, and its value in words."""

    row: int
    x: float
    y: float
    told: str


@dataclass(frozen=True)
class Stage:
    """The rows of a lesson as lines and points, wider than the view; the script draws as much.

    Attributes:
        lines: points of each stretch without a gap, for polylines of SVG.
        dots: the observed rows.
        names: (x, time in words) of some rows.
        shift: rows that the view has moved on.
        pitch: pixels from row to row.
        shown: rows in view.
        ahead: rows in view beyond the target.
        top: where the highest row in view is drawn.
        bottom: where the lowest is.
        width: of the view.
        height: of the view.
    """

    lines: list[str]
    dots: list[Dot]
    names: list[tuple[float, str]]
    shift: int
    pitch: int = PITCH
    shown: int = SHOWN
    ahead: int = _AHEAD
    top: int = TOP
    bottom: int = BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def stage(lesson: Lesson, place: int) -> Stage:
    """The drawing of a lesson's rows as they stand for one of its samples."""
    shift = _shift(lesson, place)
    low, high = _range(lesson, shift)
    dots: list[Dot] = []
    stretches: list[list[str]] = [[]]
    for number, row in enumerate(lesson.rows):
        if row.value is None:
            stretches.append([])
            continue
        y = round(BOTTOM - (BOTTOM - TOP) * (row.value - low) / (high - low or 1.0), 1)
        x = _middle(number)
        dots.append(Dot(number, x, y, f"{row.name}: {row.text}"))
        stretches[-1].append(f"{x:g},{y:g}")
    names = [
        (_middle(number), lesson.rows[number].name) for number in range(0, len(lesson.rows), _NAMED)
    ]
    return Stage([" ".join(each) for each in stretches if each], dots, names, shift)


def _shift(lesson: Lesson, place: int) -> int:
    """The target is in view, and some rows beyond it."""
    ends = lesson.samples[place].origin + len(lesson.samples[place].answers)
    most = max(len(lesson.rows) - SHOWN, 0)
    return min(max(ends + _AHEAD - SHOWN, 0), most)


def _range(lesson: Lesson, shift: int) -> tuple[float, float]:
    """The lowest and highest value in and about the view; it changes each half view only."""
    half = SHOWN // 2
    first = shift // half * half
    rows = lesson.rows[first : first + SHOWN + half]
    values = [row.value for row in rows if row.value is not None]
    return (min(values), max(values)) if values else (0.0, 0.0)


def _middle(row: int) -> float:
    return PITCH * (row + 1 / 2)
