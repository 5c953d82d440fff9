"""Where the rows of a lesson and the window over them are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from gatecast.studio.views._lesson import Lesson

PITCH = 20
"""Pixels from row to row."""
SHOWN = 26
"""Rows in view."""
WIDTH, HEIGHT = PITCH * SHOWN, 190
_TOP, _BOTTOM = 14, 156
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
    """The series of a lesson as lines and points, wider than the view.

    Attributes:
        width: of the view.
        height: of the view.
        pitch: pixels from row to row.
        shown: rows in view.
        ahead: rows in view beyond the target.
        lines: points of each stretch without a gap, for polylines of SVG.
        dots: the observed rows.
        names: (x, time in words) of some rows.
    """

    lines: list[str]
    dots: list[Dot]
    names: list[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    pitch: int = PITCH
    shown: int = SHOWN
    ahead: int = _AHEAD

    def shift(self, lesson: Lesson, place: int) -> int:
        """Rows that the view has moved on for a sample; as the script computes it."""
        ends = lesson.samples[place].origin + len(lesson.samples[place].answers)
        most = max(len(lesson.rows) - self.shown, 0)
        return min(max(ends + self.ahead - self.shown, 0), most)


def stage(lesson: Lesson) -> Stage:
    """The drawing of a lesson's rows."""
    values = [row.value for row in lesson.rows if row.value is not None]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    spread = high - low or 1.0
    dots: list[Dot] = []
    stretches: list[list[str]] = [[]]
    for place, row in enumerate(lesson.rows):
        if row.value is None:
            stretches.append([])
            continue
        y = round(_BOTTOM - (_BOTTOM - _TOP) * (row.value - low) / spread, 1)
        x = _middle(place)
        dots.append(Dot(place, x, y, f"{row.name}: {row.text}"))
        stretches[-1].append(f"{x:g},{y:g}")
    names = [
        (_middle(place), lesson.rows[place].name) for place in range(0, len(lesson.rows), _NAMED)
    ]
    return Stage([" ".join(each) for each in stretches if each], dots, names)


def _middle(place: int) -> float:
    return PITCH * (place + 1 / 2)
