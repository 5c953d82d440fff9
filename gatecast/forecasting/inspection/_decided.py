"""What each series has decided by its own past."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatecast.forecasting._model import Model
from gatecast.framing import SEASON_DECAYS, Traits, Year


def decided(model: Model) -> dict[str, dict[str, Any]]:
    """What was decided series by series; empty where nothing was.

    Args:
        model: fitted.

    Returns:
        By id, `year`: whether the season of the calendar year is taken out (of any target);
        `lasting_trend`: the share of the damping of trends that is undone, from 0 to 1;
        `longer_season`: the share of the week that is used beside the day; `season_decay`: how much
        a day counts in the season, compared with the next one; `effect_of_price`, and so on for
        other columns of numbers that are used: how much the values change with one more, as a share
        of them (in the scaled units of networks, exact for small changes).
    """
    panel = model.context.panel
    targets = len(panel.targets)
    ids = [str(name) for name in panel.ids[::targets]]
    found: dict[str, Any] = {}
    for part in model.members.parts:
        for stage in part.view.scaler.stages:
            if isinstance(stage, Year):
                found["year"] = stage.found.reshape(-1, targets).any(axis=1)
        if part.view.effects is not None:
            found |= {f"effect_of_{name}": each for name, each in part.view.effects.each.items()}
        if part.view.traits is None:
            continue
        traits, framing = Traits.of(part.view.traits), part.settings.framing
        found["lasting_trend"] = traits.lasting[:, 0]
        if framing.longer_season > framing.season:
            found["longer_season"] = traits.longer[:, 0]
            found["season_decay"] = traits.paces @ np.array(SEASON_DECAYS)
    return {name: dict(zip(ids, each.tolist(), strict=True)) for name, each in found.items()}


def decided_in_words(model: Model) -> str:
    """The same as means over all series, then what held-back rows said of columns."""
    words = {
        "year": "{:.0%} of the series follow the calendar year",
        "lasting_trend": "{:.0%} of the damping of trends is undone",
        "longer_season": "{:.0%} of the week is used",
        "season_decay": "in the season, a day counts {:.2f} times as much as the next",
    }
    means = {name: np.mean([*each.values()]) for name, each in decided(model).items()}
    told = [words[name].format(mean) for name, mean in means.items() if name in words]
    told += [] if model.verdict is None else model.verdict.words
    return "; ".join(told) or "nothing"
