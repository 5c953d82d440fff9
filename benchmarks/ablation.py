"""What each ingredient of the recipe brings, on validation windows.

python -m benchmarks.ablation [DATASET ...] [--changes all_parts,no_season]

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
from benchmarks._record import recording
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
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("datasets", nargs="*", default=USUAL, metavar="DATASET")
    parser.add_argument("--changes", help="some of them, with commas; all if not given")
    asked = parser.parse_args()
    some = asked.changes and asked.changes.split(",")
    if unknown := set(asked.datasets) - set(DATASETS):
        parser.error(f"no data set {min(unknown)}: known are {', '.join(DATASETS)}")
    results: dict[str, float] = {}
    for dataset in asked.datasets:
        train, test, h = parts_of(dataset, validation=True)
        season = SEASONS[dataset.partition("-")[2]]
        panel = gc.data.to_panel(train)
        every = changes(panel, h, season)
        if unknown := set(some or ()) - set(every):
            parser.error(f"no change {min(unknown)}: {dataset} has {', '.join(every)}")
        for name in some or every:
            way = Way(intervals=name == "recipe", choose=name == "recipe", verbose=False)
            frame = fit_model(every[name], panel, h, way)[0].forecast()
            rows = test.merge(frame.rename(columns={"LSTM": "y_hat"}), on=["unique_id", "ds"])
            scores = scores_of(errors_of(rows, train, season))
            results |= {f"{what}_{name}_{dataset}": scores[what] for what in ("smape", "mase")}
            print(f"{dataset} {name}: {scores['smape']:.2f} {scores['mase']:.3f}", flush=True)
    print_results(results, record=asked.record)


def changes(panel: Panel, h: int, season: int) -> Mapping[str, Sequence[Settings]]:
    """The settings of each change, by name."""
    usual = tuple(recipe_settings("auto", panel, h))
    as_is, little, *others = usual
    much = [part for part in others if part.pretrained == "adapted"]
    anew = [part for part in others if part.pretrained == "none"]
    drawn = replace(as_is, scaler=little.scaler, pretrained="none", training=SCRATCH)
    other = ("power",) if as_is.scaler == little.scaler else little.scaler
    plain = Framing(max(2 * season, 6), h, level="mean", level_span=max(season, 3))

    def framed(**change: int) -> tuple[Settings, ...]:
        return tuple(replace(part, framing=replace(part.framing, **change)) for part in usual)

    # Only panels with samples enough have all parts.
    of_many: dict[str, Sequence[Settings]] = {}
    if much:
        of_many |= {"adapted_much": much, "none_adapted_much": (as_is, little, *anew)}
    if anew:
        of_many |= {
            "from_nothing": anew,
            "none_from_nothing": (as_is, little, *much),
            "two_from_nothing": recipe_settings("best", panel, h),
        }
    return {
        "recipe": usual,
        "all_parts": usual,
        "as_they_are": (as_is,),
        "adapted_a_little": (little,),
        **of_many,
        # Cube roots of months and logarithms of others, where it is the other way round.
        "other_scaler": (replace(as_is, scaler=other), little, *others),
        "season_shown_to_all": (as_is, replace(little, framing=as_is.framing), *others),
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
