"""What each ingredient of the recipe brings, on validation windows.

python -m benchmarks.ablation [DATASET ...]

The last horizon of each training part is forecast from what comes before, as in
`python -m benchmarks.accuracy --validation`; official test parts are not looked at. Each row
changes one thing in `recipe="auto"`. Results: `smape_<change>_<dataset>` and `mase_...`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace

import gatecast as gc
from benchmarks._competitions import DATASETS
from benchmarks._report import print_results
from benchmarks.accuracy import SEASONS, errors_of, parts_of, scores_of
from gatecast._types import Panel
from gatecast.forecasting import Settings, Way, fit_model
from gatecast.forecasting._recipe import recipe_settings
from gatecast.framing import Framing
from gatecast.network import Architecture

USUAL = ("m3-quarterly", "m3-monthly", "tourism-monthly")
# Networks that begin from drawn weights need more steps.
SCRATCH = gc.Training(
    epochs=8, batch_size=128, learning_rate=2e-3, schedule="cosine", clip=1.0, loss="mae"
)


def main() -> None:
    """Fit every change to every data set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("datasets", nargs="*", default=USUAL, metavar="DATASET")
    asked = parser.parse_args()
    if unknown := set(asked.datasets) - set(DATASETS):
        parser.error(f"no data set {min(unknown)}: known are {', '.join(DATASETS)}")
    results: dict[str, float] = {}
    for dataset in asked.datasets:
        train, test, h = parts_of(dataset, validation=True)
        season = SEASONS[dataset.partition("-")[2]]
        panel = gc.data.to_panel(train)
        for name, parts in changes(panel, h, season).items():
            way = Way(intervals=name == "recipe", choose=name == "recipe", verbose=False)
            frame = fit_model(parts, panel, h, way)[0].forecast()
            rows = test.merge(frame.rename(columns={"LSTM": "y_hat"}), on=["unique_id", "ds"])
            scores = scores_of(errors_of(rows, train, season))
            results |= {f"{what}_{name}_{dataset}": scores[what] for what in ("smape", "mase")}
            print(f"{dataset} {name}: {scores['smape']:.2f} {scores['mase']:.3f}", flush=True)
    print_results(results)


def changes(panel: Panel, h: int, season: int) -> Mapping[str, Sequence[Settings]]:
    """The settings of each change, by name."""
    usual = tuple(recipe_settings("auto", panel, h))
    as_is, little, much, *anew = usual
    drawn = replace(as_is, pretrained="none", training=SCRATCH)
    plain = Framing(max(2 * season, 6), h, level="mean", level_span=max(season, 3))

    def framed(**change: int) -> tuple[Settings, ...]:
        return tuple(replace(part, framing=replace(part.framing, **change)) for part in usual)

    # Only panels with many samples have parts that begin from nothing.
    of_many: dict[str, Sequence[Settings]] = {
        "from_nothing": anew,
        "none_from_nothing": (as_is, little, much),
        "two_from_nothing": recipe_settings("best", panel, h),
    }
    return {
        "recipe": usual,
        "all_parts": usual,
        "as_they_are": (as_is,),
        "adapted_a_little": (little,),
        "adapted_much": (much,),
        **(of_many if anew else {}),
        "season_shown_to_all": (as_is, replace(little, framing=much.framing), much, *anew),
        "season_from_few_rows": framed(look_back=60),
        "no_season": framed(season=1),
        "one_member": tuple(replace(part, members=1) for part in usual),
        "not_pretrained": (drawn,),
        "nor_seasonal_windows": (
            replace(drawn, framing=plain, architecture=Architecture(units=32, linear_skip=True)),
        ),
    }


if __name__ == "__main__":
    main()
