"""What a command shows: progress on standard error, one JSON document or words on the other."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.status import Status

import gatecast

# Of Unicode: the C0 and C1 controls, what ends a line or turns the direction of writing, and
# halves of characters, which stand for bytes of a file's name that are no text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(words: str) -> str:
    """Words with control characters spelled out, so that none reaches a terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), words)


class Screen(Console):
    """A terminal, or a file in its place, on which names are shown but never obeyed."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments that are printed; line ends are the layout's."""
        for text, style, control in super().render(renderable, options):
            plain = text if control else "\n".join(map(visible, text.split("\n")))
            yield Segment(plain, style, control)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done, on standard error."""
    console = Screen(stderr=True, quiet=quiet)
    if not console.is_terminal:
        yield lambda words: console.print(f"{words} ...", highlight=False)
        return
    with Status("starting", console=console) as status:
        yield lambda words: status.update(f"{words} ...")


@contextmanager
def busy(words: str, *, quiet: bool) -> Iterator[None]:
    """Show on a terminal that something takes a moment; a log is not told."""
    console = Screen(stderr=True, quiet=quiet)
    with Status(f"{words} ...", console=console) if console.is_terminal else nullcontext():
        yield


def warm_up(*, quiet: bool) -> None:
    """Load what trains and forecasts."""
    with busy("loading Keras and JAX", quiet=quiet):
        gatecast.use_compilation_cache()
        gatecast.use_synchronous_dispatch()
    compile_lstm(quiet=quiet)


def compile_lstm(*, quiet: bool) -> None:
    """Compile the LSTM for this machine, which is done once; without a compiler, say so."""
    with busy("loading JAX", quiet=quiet):
        recurrence = gatecast.network.recurrence
    recurrence.prepare_native(verbose=not quiet)


def note(words: str, *, quiet: bool = False) -> None:
    """A line on standard error."""
    if not quiet:
        sys.stderr.write(f"{visible(words)}\n")


def say(*lines: str) -> None:
    """Lines on standard output."""
    sys.stdout.write("".join(f"{visible(line)}\n" for line in lines))


def emit(document: Any) -> None:
    """One JSON document on standard output; what is not a finite number becomes null."""
    sys.stdout.write(json.dumps(plain(document), allow_nan=False) + "\n")


def moment(ds: Any) -> str | int:
    """A time of a panel as JSON and people read it, without an idle midnight."""
    if ds.dtype.kind == "M":
        return str(ds.astype("datetime64[s]")).removesuffix("T00:00:00")
    return int(ds)


def percent(skill: float) -> str:
    """A skill as a signed percentage."""
    return f"{100 * skill:+.0f} %" if math.isfinite(skill) else "unknown"


def count(number: int, word: str, plural: str | None = None) -> str:
    """A number of things: "1 row", "1,200 rows"."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def plain(value: Any) -> Any:
    """A value as JSON has it: plain numbers, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    # Numbers of NumPy know how to become those of Python.
    return plain(value.item()) if hasattr(value, "item") else value
