"""The HTML report of a backtest: one file that needs nothing outside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast._wording import moments, p_value
from gatecast.reporting._backtest_facts import leading_model, scored
from gatecast.reporting._page import pictures, render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatecast.evaluation import Backtest
    from gatecast.reporting.charts import Figure

_SERIES = 20


def backtest_page(
    backtest: Backtest, figures: Sequence[Figure], svgs: Mapping[str, str], label: str
) -> str:
    """The whole page; every name and value in it is escaped.

    Args:
        backtest: what was measured, in pandas.
        figures: the charts to show, whose captions stand below them.
        svgs: the picture of each figure, by its name.
        label: the name or unit of `y`.
    """
    leader, scores = leading_model(backtest), scored(backtest)
    tests = backtest.significance.set_index("model")
    records = scores.to_dict("records")
    for record in records:
        leads = leader is not None and record["model"] == leader["model"]
        record["look"] = "lstm" if leads else {"model": "framing"}.get(record["kind"], "baseline")
        record["p_value"] = p_value(tests["p_holm"].get(record["model"]))
    by_series = backtest.by_series
    own = by_series[by_series["model"] == leader["model"]] if leader is not None else by_series
    baselines = scores[scores["kind"] == "baseline"]
    cutoffs = backtest.forecasts["cutoff"].drop_duplicates().sort_values()
    return render(
        "backtest.html",
        pictures(figures, svgs),
        backtest=backtest,
        label=label,
        leader=leader,
        baseline=baselines.iloc[0] if len(baselines) else None,
        scores=records,
        series=own.sort_values("mase", ascending=False, kind="stable")
        .head(_SERIES)
        .to_dict("records"),
        series_count=backtest.forecasts["unique_id"].nunique(),
        cutoffs=moments(cutoffs),
    )
