"""From a panel to what a network reads, and back to the user's units.

A panel comes in; `View.rows` scales it and gives the `Rows` that samples are gathered from, and a
`Framing` turns some of them into `Sample`s. A sample is a forecast origin: the `look_back` rows
before it are the input, the `horizon` rows from it on are the target. Samples are row numbers:
values are gathered where they are used, and no array of windows is ever built. Scalers are fitted
on training rows only, and bring forecasts back to the user's units.
"""

from gatecast.framing._categories import warn_about_unseen
from gatecast.framing._exogenous import Covariates, Exogenous, fit_covariates
from gatecast.framing._framing import LEVELS, SHAPES, Framing, Level, Shape
from gatecast.framing._kinds import COUNTS, KINDS, PLAIN, YES_NO, ZEROS, kinds_of, yes_no_targets
from gatecast.framing._rows import Rows, SampleRows
from gatecast.framing._sample import Sample, SampleInputs
from gatecast.framing._smoothing import next_level, smoothed
from gatecast.framing._split import split_rows
from gatecast.framing._targets import apart, first_target, of_every_target, side_by_side
from gatecast.framing._view import View
from gatecast.framing._windows import (
    Windows,
    lane_order,
    last_windows,
    padded_windows,
    places_within,
    rows_before,
    rows_from,
    training_windows,
    windows_between,
)
from gatecast.framing.effects import (
    ColumnVerdict,
    Design,
    Effects,
    Predictors,
    Regression,
    Verdict,
    design_of,
)
from gatecast.framing.scaling import (
    DAYS_OF_YEAR,
    SCALERS,
    Affine,
    Asinh,
    Chain,
    Difference,
    Log,
    Power,
    Scaler,
    Year,
    daily_or_shorter,
    fit_scaler,
    load_scaler,
    mean_size,
    years_of,
)
from gatecast.framing.seasonal import (
    COLUMNS,
    SEASON_DECAYS,
    TRAITS,
    Seasons,
    Traits,
    WindowMask,
    blocks_ahead,
    damping,
    normalised,
    places_ahead,
    usual_traits,
)

__all__ = [
    "COLUMNS",
    "COUNTS",
    "DAYS_OF_YEAR",
    "KINDS",
    "LEVELS",
    "PLAIN",
    "SCALERS",
    "SEASON_DECAYS",
    "SHAPES",
    "TRAITS",
    "YES_NO",
    "ZEROS",
    "Affine",
    "Asinh",
    "Chain",
    "ColumnVerdict",
    "Covariates",
    "Design",
    "Difference",
    "Effects",
    "Exogenous",
    "Framing",
    "Level",
    "Log",
    "Power",
    "Predictors",
    "Regression",
    "Rows",
    "Sample",
    "SampleInputs",
    "SampleRows",
    "Scaler",
    "Seasons",
    "Shape",
    "Traits",
    "Verdict",
    "View",
    "WindowMask",
    "Windows",
    "Year",
    "apart",
    "blocks_ahead",
    "daily_or_shorter",
    "damping",
    "design_of",
    "first_target",
    "fit_covariates",
    "fit_scaler",
    "kinds_of",
    "lane_order",
    "last_windows",
    "load_scaler",
    "mean_size",
    "next_level",
    "normalised",
    "of_every_target",
    "padded_windows",
    "places_ahead",
    "places_within",
    "rows_before",
    "rows_from",
    "side_by_side",
    "smoothed",
    "split_rows",
    "training_windows",
    "usual_traits",
    "warn_about_unseen",
    "windows_between",
    "years_of",
    "yes_no_targets",
]
