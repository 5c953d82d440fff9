"""The forecaster whose settings the user chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

from gatecast._backend import keras
from gatecast._types import InputError, Panel
from gatecast.data import season_of
from gatecast.forecasting._estimator import Estimator
from gatecast.forecasting._params import NETWORK, OUTPUT, PLAIN, TRAINING, SavedForm, setting
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Combine, Gaps, Scope, Settings
from gatecast.forecasting.members import Members
from gatecast.framing import DAYS_OF_YEAR, Exogenous, Framing, Level, Shape
from gatecast.network import Architecture, Cell, Kind, Output, Point, architecture_of
from gatecast.training import Training

# The usual scaler of outputs of such units.
_SCALERS = {"any": ("standard",), "ratio": ("mean",), "raw": ()}


def _write_variants(variants: Sequence[Mapping[str, Any]]) -> Any:
    saved = LSTMForecaster.saved_forms()
    written = [{name: saved[name].write(each[name]) for name in each} for each in variants]
    return {"tuple": written} if isinstance(variants, tuple) else written


def _read_variants(content: Any) -> Any:
    saved, variants = LSTMForecaster.saved_forms(), PLAIN.read(content)
    found = [{name: saved[name].read(each[name]) for name in each} for each in variants]
    return tuple(found) if isinstance(variants, tuple) else found


VARIANTS = SavedForm(_write_variants, _read_variants)


@dataclass(kw_only=True, eq=False, repr=False)
class LSTMForecaster(Estimator):
    """Forecasts many series with an ensemble of recurrent networks trained in one program.

    Args:
        h: rows forecast at once, and the default of `predict`.
        look_back: past rows that the network reads; shorter series are padded and masked.
        framing: "steps", one past row per time step; "window", all as features of one step.
        strategy: "direct" forecasts all h rows at once, "recursive" one row that is fed back.
        stateful: carry hidden and cell state along each series, in training and in prediction.
        network: "stack", "residual", "dilated", "bidirectional", "cnn", "encoder_decoder", or a
            Keras model of [samples, time steps, features] -> [samples, h].
        cell: "lstm", "gru", "rnn" or "dense".
        layers: stacked layers.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        activation: of the cells.
        linear_skip: add a linear map of the window to the output.
        output: what is forecast: `Point()`, `Quantiles()`, `Normal()`, `StudentT()`,
            `NegativeBinomial()`, `ZeroInflatedNegativeBinomial()`, `Bernoulli()` or `Tweedie()`.
        hist_exog: columns known up to the forecast origin, of numbers, truth values or text; a lone
            name is a list of one.
        futr_exog: columns known over the horizon too; `predict` then needs `futr_df`.
        calendar: names from `gatecast.data.CALENDAR`, or "holiday:XX" with a country code.
        scaler: a name from `gatecast.framing.SCALERS`, or several applied in order; None takes
            the one that suits the output.
        window_level: what is subtracted from each window and added back to its forecast: "none",
            "last", "mean", "smoothed" or "seasonal".
        level_span: rows averaged for "mean" and "smoothed"; all of look_back if None.
        season_length: rows in a season, for "seasonal" levels, scalers and the skill; None for the
            usual number of the calendar step: months 12, weeks 52, days 7, hours 24.
        minimum: the smallest value there can be, such as 0; forecasts and intervals keep to it.
        maximum: the largest.
        gaps: "auto", "mask", "bridge" or "decay": how steps without an observation are read.
        scope: "global", one model for all series; "local", one for each, trained together.
        members: networks trained from different seeds.
        combine: their forecasts by "median" or "mean".
        variants: settings of further ensembles that the forecast averages, each a dictionary of
            what differs, such as `[{"look_back": 24}, {"training": Training(loss="mae")}]`.
        random_seed: of the first member.
        intervals: hold the newest rows out of a first fit to calibrate prediction intervals, then
            train on all rows.
        training: epochs, batches, optimizer, loss, early stopping.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Attributes:
        model_: the fitted `Model`: weights, scalers, calibration, the last rows of each series.
        curves_: name -> [members, epochs] losses of the final training run.
        skill_: RMSE skill against persistence and seasonal naive on held-out windows, or empty.

    Raises:
        InputError: naming the setting and its value.
    """

    kind: ClassVar[str] = "LSTMForecaster"

    h: int = 1
    look_back: int = 12
    framing: Shape = "steps"
    strategy: Literal["direct", "recursive"] = "direct"
    stateful: bool = False
    network: Kind | keras.Model = setting("stack", NETWORK)
    cell: Cell = "lstm"
    layers: int = 1
    units: int = 32
    dropout: float = 0.0
    activation: str = "tanh"
    linear_skip: bool = False
    output: Output = setting(Point(), OUTPUT)
    hist_exog: Sequence[str] = ()
    futr_exog: Sequence[str] = ()
    calendar: Sequence[str] = ()
    scaler: str | Sequence[str] | None = None
    window_level: Level = "none"
    level_span: int | None = None
    season_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    gaps: Gaps = "auto"
    scope: Scope = "global"
    members: int = 1
    combine: Combine = "median"
    variants: Sequence[Mapping[str, Any]] = setting((), VARIANTS)
    random_seed: int = 0
    intervals: bool = True
    training: Training = setting(Training(), TRAINING)
    verbose: bool | None = None

    def __post_init__(self) -> None:
        self._check_shared()
        for name, kind in (("output", Output), ("training", Training)):
            given = getattr(self, name)
            if not isinstance(given, kind):
                example = "gatecast.Quantiles()" if kind is Output else "gatecast.Training()"
                raise InputError(f"{name} must be such as {example}, got {given!r}")
        _ = self.parts

    @property
    def settings(self) -> Settings:
        """All settings except the variants, checked, as one record."""
        if self.strategy not in ("direct", "recursive"):
            raise InputError(f"strategy must be direct or recursive, got {self.strategy!r}")
        span = self.look_back if self.level_span is None else self.level_span
        horizon = self.h if self.strategy == "direct" else 1
        scaler = _SCALERS[self.output.units] if self.scaler is None else self.scaler
        return Settings(
            framing=Framing(self.look_back, horizon, self.framing, self.window_level, span),
            architecture=self._architecture,
            training=self.training,
            output=self.output,
            exogenous=Exogenous(tuple(self.hist_exog), tuple(self.futr_exog), tuple(self.calendar)),
            scaler=(scaler,) if isinstance(scaler, str) else tuple(scaler),
            gaps=self.gaps,
            scope=self.scope,
            stateful=self.stateful,
            members=self.members,
            combine=self.combine,
            random_seed=self.random_seed,
        )

    @property
    def parts(self) -> list[Settings]:
        """The base settings, then those of each variant, before the season is known."""
        own = self.get_params() | {"variants": ()}
        return [
            self.settings,
            *(type(self)(**own | dict(each)).settings for each in self.variants),
        ]

    @property
    def exog(self) -> Sequence[str]:
        """The exogenous columns that are read."""
        return [name for part in self.parts for name in part.exogenous.columns]

    @property
    def chooses(self) -> bool:
        """All parts that the user asked for stay."""
        return False

    @property
    def calendar_names(self) -> Sequence[str]:
        """The calendar features that any part reads."""
        return [name for part in self.parts for name in part.exogenous.calendar]

    def seasons(self, panel: Panel) -> tuple[int, ...]:
        """Rows in the season, those that each part looks back on, and in a year taken out."""
        years = [DAYS_OF_YEAR] if any("year" in part.scaler for part in self.parts) else []
        return season_of(panel), *(part.framing.look_back for part in self.parts), *years

    def parts_for(self, panel: Panel) -> list[Part]:
        """The networks of the base settings, then those of each variant."""
        season = season_of(panel)
        return [Part(settings.with_season(season)) for settings in self.parts]

    def _parts_from(self, start: Sequence[Members], panel: Panel) -> Sequence[Part]:
        # The user may have changed the training settings since the last fit.
        return self.parts_for(panel)

    @property
    def _architecture(self) -> Architecture:
        # `isinstance(..., keras.Model)` would load Keras.
        if not isinstance(self.network, str):
            return architecture_of(self.network)
        return Architecture(
            self.cell,
            self.layers,
            self.units,
            self.dropout,
            self.activation,
            self.linear_skip,
            cast("Kind", self.network),
        )
