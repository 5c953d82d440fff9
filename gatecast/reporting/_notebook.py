"""What a notebook shows of a model or a backtest: small, offline, every name escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from gatecast._wording import (
    METRIC_NAMES,
    count,
    listed,
    model_name,
    moments,
    number,
    percent,
    skill,
)
from gatecast.evaluation import Backtest
from gatecast.reporting._backtest_facts import in_pandas, scored
from gatecast.reporting._facts import beside

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator

_MODELS = 12
_BOX = Markup('<div style="max-width:60em">{}</div>')
_TEXT = Markup('<p style="margin:.4em 0">{}</p>')
_CODE = Markup('<p style="margin:.4em 0"><code>{}</code></p>')
_TABLE = Markup('<table style="border-collapse:collapse">{}</table>')
_ROW = Markup("<tr>{}</tr>")
_NAME = Markup('<th scope="row" style="text-align:left;padding:.15em .8em .15em 0">{}</th>')
_HEAD = Markup('<th scope="col" style="text-align:right;padding:.15em 0 .15em .8em">{}</th>')
_WORDS = Markup('<td style="text-align:left;padding:.15em 0">{}</td>')
_NUMBER = Markup('<td style="text-align:right;padding:.15em 0 .15em .8em">{}</td>')
_NOTHING = Markup()


def notebook(found: Backtest | Estimator) -> str:
    """A backtest as HTML, its verdict and scores; or a forecaster, its settings and facts."""
    return str(_BOX.format(_backtest(found) if isinstance(found, Backtest) else _forecaster(found)))


def _forecaster(forecaster: Estimator) -> Markup:
    settings = _CODE.format(repr(forecaster))
    if not hasattr(forecaster, "model_"):
        return settings + _TEXT.format("Not fitted: call fit(df).")
    model, calibration = forecaster.model_, forecaster.model_.calibration
    last = moments(model.last_seen)
    known = [
        f"{skill(each)} against {model_name(name)}" for name, each in forecaster.skill_.items()
    ]
    facts = {
        "forecasts": f"{count(model.h, 'row')} ahead, freq {model.freq}, season of "
        f"{model.season_length}",
        "series": count(len(last), "series") if len(last) != 1 else "1 series",
        "last row": max(last) if len(set(last)) == 1 else f"{min(last)} to {max(last)}",
        "skill": listed(known) if known else "not known",
        "intervals": calibration.summary if calibration else "none",
    }
    rows = (_NAME.format(name) + _WORDS.format(words) for name, words in facts.items())
    return settings + _TABLE.format(_NOTHING.join(map(_ROW.format, rows)))


def _backtest(found: Backtest) -> Markup:
    scores = scored(in_pandas(found))
    errors = [found.ranked_by, beside(found.ranked_by)]
    shares = [f"coverage_{level}" for level in found.level if f"coverage_{level}" in scores]
    head = ["", *(METRIC_NAMES[name] for name in errors)]
    head += [f"within {name.removeprefix('coverage_')} %" for name in shares]
    rows = [_ROW.format(_NOTHING.join(map(_HEAD.format, head)))]
    for record in scores.head(_MODELS).to_dict("records"):
        values = [number(record[name]) for name in errors]
        values += [percent(record[name]) for name in shares]
        rows.append(_row(model_name(record["model"]), values))
    table = _TABLE.format(_NOTHING.join(rows))
    return _TEXT.format(found.verdict) + table


def _row(name: str, values: Sequence[str]) -> Markup:
    return _ROW.format(_NAME.format(name) + _NOTHING.join(map(_NUMBER.format, values)))
