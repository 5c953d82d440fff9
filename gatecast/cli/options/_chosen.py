"""The settings of a forecaster as options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    get_type_hints,
)

import typer

import gatecast
from gatecast._types import InputError
from gatecast.cli.options._shared import Season, names
from gatecast.cli.options._typed import typed

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator


@dataclass(frozen=True)
class Chosen:
    """What the user chose; None leaves a setting as it is."""

    horizon: Annotated[
        int | None,
        typer.Option("--horizon", "--h", help="Rows to forecast; one season if not given."),
    ] = None
    quality: Annotated[
        str | None,
        typer.Option(
            "--quality",
            help="auto, zero_shot, fast or best, where no settings below are given; else auto.",
        ),
    ] = None
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            help="With --quality, errors to be small: mae (also sMAPE, MASE), mape or rmse.",
        ),
    ] = None
    look_back: Annotated[
        int | None,
        typer.Option("--look-back", help="Past rows to see; one season, at least 12."),
    ] = None
    season_length: Season = None
    hist_exog: Annotated[
        str | None,
        typer.Option("--hist-exog", help="Columns known up to now, such as orders, with commas."),
    ] = None
    futr_exog: Annotated[
        str | None, typer.Option("--futr-exog", help="Columns known in advance too, with commas.")
    ] = None
    calendar: Annotated[
        str | None,
        typer.Option("--calendar", help="Such as month,weekday,hour or holiday:DE, with commas."),
    ] = None
    output: Annotated[
        str | None,
        typer.Option(
            "--output", help="point, normal, student_t, quantiles, negative_binomial, tweedie, ..."
        ),
    ] = None
    units: Annotated[int | None, typer.Option("--units", help="Units in each layer.")] = None
    layers: Annotated[int | None, typer.Option("--layers", help="Stacked layers.")] = None
    cell: Annotated[str | None, typer.Option("--cell", help="lstm, gru, rnn or dense.")] = None
    network: Annotated[
        str | None,
        typer.Option(
            "--network", help="stack, residual, dilated, bidirectional, cnn or encoder_decoder."
        ),
    ] = None
    scope: Annotated[
        str | None,
        typer.Option("--scope", help="global: one model for all series; local: each its own."),
    ] = None
    gaps: Annotated[
        str | None, typer.Option("--gaps", help="Steps without a value: auto, mask, bridge, decay.")
    ] = None
    stateful: Annotated[
        bool | None,
        typer.Option("--stateful", help="Carry memory along each series."),
    ] = None
    members: Annotated[
        int | None, typer.Option("--members", help="Networks, each from its own seed.")
    ] = None
    epochs: Annotated[
        int | None, typer.Option("--epochs", help="Passes over the training samples, at most.")
    ] = None
    random_seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the first network.")
    ] = None
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other setting of LSTMForecaster or Training; may be repeated.",
        ),
    ] = None

    @property
    def exog(self) -> list[str]:
        """The exogenous columns that were named."""
        return [name for text in (self.hist_exog, self.futr_exog) for name in names(text or "")]

    def keywords(self, forecaster: Estimator | None = None) -> dict[str, Any]:
        """The settings of a forecaster that were chosen.

        Args:
            forecaster: whose training changes in the settings that were chosen.

        Raises:
            InputError: for a name that is no setting, or a value of another type.
        """
        given = {
            "h" if field.name == "horizon" else field.name: value
            for field in fields(self)
            if field.name != "more" and (value := getattr(self, field.name)) is not None
        }
        given |= dict(_pair(text) for text in self.more or ())
        own = {name: hint for name, hint in known_settings().items() if name not in _NOT_TEXT}
        inner = get_type_hints(gatecast.Training)
        own |= inner
        for name, value in given.items():
            if name not in own:
                raise _unknown(name, list(own))
            if isinstance(value, str):
                given[name] = typed(name, value, own[name])
        trained = {name: given.pop(name) for name in list(given) if name in inner}
        usual = getattr(forecaster, "training", gatecast.Training())
        return given | ({"training": replace(usual, **trained)} if trained else {})


def known_settings() -> dict[str, Any]:
    """Name of a setting of either forecaster -> its type."""
    found: dict[str, Any] = {}
    for kind in (gatecast.AutoLSTM, gatecast.LSTMForecaster):
        hints = get_type_hints(kind)
        found |= {field.name: hints[field.name] for field in fields(kind)}
    return found


def forecaster_of(keywords: dict[str, Any], *, auto: bool) -> Estimator:
    """The forecaster of some settings.

    Args:
        keywords: settings by name.
        auto: whether to take AutoLSTM where no settings of one's own are given.

    Raises:
        InputError: naming the setting and its value, or one of those that do not go together.
    """
    of_auto = set(gatecast.AutoLSTM.saved_forms())
    of_own = set(gatecast.LSTMForecaster.saved_forms())
    named, own = keywords.keys() - of_own, keywords.keys() - of_auto
    if named and own:
        raise InputError(
            f"--{min(named)} is for AutoLSTM, which chooses its own networks, {min(own)} for "
            "LSTMForecaster: leave one of the two out"
        )
    if named or (auto and not own):
        return gatecast.AutoLSTM(**keywords)
    return gatecast.LSTMForecaster(**keywords)


def differences(forecaster: Estimator) -> str:
    """The settings that are not the usual ones, as words: "h=12, look_back=24, epochs=50"."""
    if not isinstance(forecaster, gatecast.LSTMForecaster):
        chosen = forecaster.get_params()
        metric = "" if chosen["metric"] == "mae" else f", metric={chosen['metric']}"
        return f"quality={chosen['quality']}, horizon={forecaster.h}{metric}"
    own = _flat(forecaster.settings.to_json())
    usual = _flat(gatecast.LSTMForecaster(look_back=forecaster.look_back).settings.to_json())
    always = ("horizon", "look_back")
    return ", ".join(
        f"{name}={value}" for name, value in own.items() if name in always or value != usual[name]
    )


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of records without its inner borders; an output is its name.

    The JSON of a Keras model is left out: it is a page long, and `kind` says that there is one.
    """
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name == "output":
            found[name] = value["name"]
        elif name != "keras_model":
            found |= _flat(value) if isinstance(value, dict) else {name: value}
    return found


# What no text can say, and what has options of its own.
_NOT_TEXT = ("variants", "training", "verbose", "return")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InputError(f"--set {text}: write it as NAME=VALUE, such as --set dropout=0.1")
    return name.strip().replace("-", "_"), value.strip()


def _unknown(name: str, known: list[str]) -> InputError:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return InputError(f"--set {name}: there is no such setting; {hint}")
