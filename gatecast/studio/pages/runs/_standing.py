"""How far a run is, in words and numbers for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gatecast._wording import number
from gatecast.studio.pages.common import duration_words
from gatecast.studio.store import Run

_STAGES: Mapping[str, str] = MappingProxyType(
    {
        "reading": "Reading the data",
        "training": "The network learns from the past",
        "forecasting": "Forecasting what comes next",
        "testing": "Testing the forecast on the past, beside simple ones",
        "understanding": "Looking at what the network pays attention to",
        "writing": "Writing the files to take away",
        "done": "Keeping the result",
    }
)
_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "waiting": "Waiting for its turn",
        "running": "At work",
        "stopping": "Stopping",
        "done": "Done",
        "failed": "This did not work",
        "cancelled": "Cancelled",
    }
)


@dataclass(frozen=True)
class Standing:
    """How far a run is.

    Attributes:
        active: whether that still changes.
        title: in a few words.
        words: in a sentence.
        share: of the stage that is done, from 0 to 1; None where that is not known.
        epoch: passes over the data, or windows tested, of how many; empty where none are counted.
        loss: after the last pass; empty where there is none.
        left: until the stage ends; empty where that is not known.
        losses: [training, epoch, loss] of some passes.
    """

    active: bool
    title: str
    words: str
    share: float | None
    epoch: str
    loss: str
    left: str
    losses: list[list[float]]


def standing_of(run: Run, ahead: int) -> Standing:
    """How far a run is.

    Args:
        run: it.
        ahead: how many runs come before it.
    """
    told = run.progress
    epoch, epochs = told.get("epoch", 0), told.get("epochs", 0)
    loss, left = told.get("loss"), told.get("seconds_left")
    words = _STAGES.get(told.get("stage", ""), "Beginning")
    if run.state == "waiting":
        before = "1 run comes" if ahead == 1 else f"{ahead} runs come"
        words = f"{before} before this one." if ahead else "This one is next."
    elif run.state == "stopping":
        words = "The run stops in a moment"
    elif told.get("training", 0) > 1:
        words += f" (training {told['training']})"
    return Standing(
        active=run.active,
        title=_TITLES[run.state],
        words=words,
        share=epoch / epochs if epochs else None,
        epoch=f"{epoch} of {epochs}" if epochs else "",
        loss="" if loss is None else number(loss),
        left="" if left is None else duration_words(left),
        losses=list(told.get("losses", ())),
    )
