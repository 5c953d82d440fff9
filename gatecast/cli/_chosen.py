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

import gatecast as gc
from gatecast._types import InputError
from gatecast.cli._options import names
from gatecast.cli._typed import typed

if TYPE_CHECKING:
    from gatecast.forecasting import LSTMForecaster
    from gatecast.training import Training


@dataclass(frozen=True)
class Chosen:
    """What the user chose; None leaves a setting as it is."""

    horizon: Annotated[
        int | None,
        typer.Option("--horizon", "--h", help="Rows to forecast; one season if not given."),
    ] = None
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            help="auto, zero_shot, fast, best; none for settings of your own. auto without these.",
        ),
    ] = None
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric", help="Errors that a recipe makes small: mae (also sMAPE, MASE), or mape."
        ),
    ] = None
    look_back: Annotated[
        int | None,
        typer.Option("--look-back", help="Past rows to see; one season, at least 12."),
    ] = None
    hist_exog: Annotated[
        str | None, typer.Option("--hist-exog", help="Columns known up to now, with commas.")
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

    def keywords(self, training: Training) -> dict[str, Any]:
        """The keywords of `LSTMForecaster` that were chosen.

        Args:
            training: the record of which settings of the training change.

        Raises:
            InputError: for a name that is no setting, or a value of another type.
        """
        given = {
            "h" if field.name == "horizon" else field.name: value
            for field in fields(self)
            if field.name != "more" and (value := getattr(self, field.name)) is not None
        }
        given |= dict(_pair(text) for text in self.more or ())
        outer, inner = get_type_hints(gc.LSTMForecaster.__init__), get_type_hints(gc.Training)
        own = {name: outer[name] for name in outer if name not in _NOT_TEXT} | inner
        for name, value in given.items():
            if name not in own:
                raise _unknown(name, list(own))
            if isinstance(value, str):
                given[name] = typed(name, value, own[name])
        trained = {name: given.pop(name) for name in list(given) if name in inner}
        return given | ({"training": replace(training, **trained)} if trained else {})


def differences(forecaster: LSTMForecaster) -> str:
    """The settings that are not the usual ones, as words: "h=12, look_back=24, epochs=50"."""
    if forecaster.recipe is not None:
        metric = "" if forecaster.metric == "mae" else f", metric={forecaster.metric}"
        return f"recipe={forecaster.recipe}, horizon={forecaster.h}{metric}"
    own = _flat(forecaster.settings.to_json())
    usual = _flat(gc.LSTMForecaster(look_back=forecaster.look_back).settings.to_json())
    always = ("horizon", "look_back")
    return ", ".join(
        f"{name}={value}" for name, value in own.items() if name in always or value != usual[name]
    )


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of records without its inner borders; an output is its name."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name == "output":
            found[name] = value["name"]
        else:
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
