"""What each series has decided by its own past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatecast._types import Floats
from gatecast.forecasting._model import Model
from gatecast.framing import COUNTS, KINDS, PLAIN, SEASON_DECAYS, YES_NO, ZEROS, Traits, View, Year


def decided(model: Model) -> dict[str, dict[str, Any]]:
    """What was decided series by series; empty where nothing was.

    Args:
        model: fitted.

    Returns:
        By id, `year`: whether the season of the calendar year is taken out (of any target);
        `lasting_trend`: the share of the damping of trends that is undone, from 0 to 1;
        `longer_season`: the share of the week that is used beside the day; `season_decay`: how much
        a day counts in the season, compared with the next one; `mean_reversion`: the share of the
        series that reverts to the mean of its last weeks; `networks`: their share in the
        forecast, where the rest comes from the series' own past. Numbers are means over targets.
        `kind` (of each target): "plain", "zeros", "counts" or "yes_no". `effect_of_price`, and so
        on for other columns of numbers that are used: how much the values change with one more, as
        a share of them (in the scaled units of networks, exact for small changes); of several
        targets `effect_of_price_on_sales`, and so on.
    """
    panel = model.context.panel
    targets = len(panel.targets)
    ids = [str(name) for name in panel.ids[::targets]]
    found: dict[str, Any] = {}

    def of_ids(values: Floats) -> Floats:
        """The means over the targets of each."""
        means: Floats = values.reshape(-1, targets).mean(axis=1)
        return means

    for part in model.members.parts:
        for stage in part.view.scaler.stages:
            if isinstance(stage, Year):
                found["year"] = stage.found.reshape(-1, targets).any(axis=1)
        found |= _effects(part.view, model.columns.y)
        if part.view.traits is None:
            continue
        traits, framing = Traits.of(part.view.traits), part.settings.framing
        found["lasting_trend"] = of_ids(traits.lasting[:, 0])
        if framing.longer_season > framing.season:
            found["longer_season"] = of_ids(traits.longer[:, 0])
            found["season_decay"] = of_ids(traits.paces @ np.array(SEASON_DECAYS))
        if traits.reverting.any():
            found["mean_reversion"] = of_ids(traits.reverting[:, 0])
    kinds = model.members.kinds
    if kinds is not None and (kinds.kind != PLAIN).any():
        names = np.array(KINDS, object)[kinds.kind].reshape(-1, targets)
        found["kind"] = np.array([", ".join(each) for each in names], object)
        found["networks"] = of_ids(kinds.share)
    return {name: dict(zip(ids, each.tolist(), strict=True)) for name, each in found.items()}


def _effects(view: View, targets: Sequence[str]) -> dict[str, Floats]:
    """[ids] the effect of each column of numbers that is used, on each target."""
    found = {}
    for name, each in ({} if view.effects is None else view.effects.each).items():
        for place, target in enumerate(targets):
            on = f"_on_{target}" if len(targets) > 1 else ""
            found[f"effect_of_{name}{on}"] = each[place :: len(targets)]
    return found


def decided_in_words(model: Model) -> str:
    """The same as means over all series; of each target, what is made of its kinds.

    Before, a season that is not the calendar's, and after, what held-back rows said of columns.
    """
    words = {
        "year": "{:.0%} of the series follow the calendar year",
        "lasting_trend": "{:.0%} of the damping of trends is undone",
        "longer_season": "{:.0%} of the week is used",
        "season_decay": "in the season, a day counts {:.2f} times as much as the next",
        "mean_reversion": "forecasts go {:.0%} of the way back to the mean of the last weeks",
    }
    found = decided(model)
    means = {name: np.mean([*found[name].values()]) for name in words if name in found}
    said = [words[name].format(mean) for name, mean in means.items()]
    columns = [] if model.verdict is None else model.verdict.words
    every = [*_season_in_words(model), *said, *_kinds_in_words(model), *columns]
    return "; ".join(every) or "nothing"


def _season_in_words(model: Model) -> list[str]:
    """The season that was found in the series, and the blocks in which rows are read."""
    framing, said = model.members.parts[0].settings.framing, []
    if model.period is not None:
        said.append(
            f"the series repeat every {model.season_length:,} rows: the mean of other cycles "
            f"explains {model.period:.0%} of the changes within each"
        )
    if framing.block > 1:
        said.append(
            f"networks read {framing.block} rows as one, {framing.steps} of them, and a season of "
            f"{framing.season:,} rows"
        )
    return said


_OF_KIND = {
    ZEROS: "numbers with many zeros, {zeros:.0%} zeros",
    COUNTS: "counts, {zeros:.0%} zeros: quantiles are whole numbers",
    YES_NO: "yes and no, {zeros:.0%} no: ends of intervals are 0 or 1",
}
# Of yes and no or not, and where squared errors should be small or others.
_POINTS = {
    (True, True): "probability of yes",
    (True, False): "probability of yes",
    (False, True): "mean",
    (False, False): "median (metric='rmse' forecasts means)",
}


def _kinds_in_words(model: Model) -> list[str]:
    """For each target, what its series are and how they are forecast, where any is not plain."""
    kinds, panel = model.members.kinds, model.context.panel
    if kinds is None:
        return []
    said = []
    targets, squares = len(panel.targets), model.members.parts[0].part.metric == "rmse"
    zeros = np.add.reduceat((panel.y == 0).astype(float), panel.offsets[:-1])
    seen = np.add.reduceat((~np.isnan(panel.y)).astype(float), panel.offsets[:-1])
    for target, name in enumerate(model.columns.y):
        own = np.arange(target, len(kinds.kind), targets)
        for kind, words in _OF_KIND.items():
            chosen = own[kinds.kind[own] == kind]
            if not len(chosen):
                continue
            share = zeros[chosen].sum() / max(seen[chosen].sum(), 1)
            which = "" if len(chosen) == len(own) else f" ({len(chosen)} of {len(own)} series)"
            said.append(
                f"{name}{which}: {words.format(zeros=share)}, the forecast is the "
                f"{_POINTS[kind == YES_NO, squares]}; {kinds.share[chosen].mean():.0%} by the "
                "networks, the rest by values that the series has had"
            )
    return said
