"""The HTML report: one file that needs nothing outside itself."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
)
from markupsafe import Markup

from gatecast._wording import METRIC_NAMES, model_name, moments, number, percent, skill
from gatecast.reporting._facts import (
    beside,
    best_baseline,
    by_series,
    compared,
    in_units,
    leading,
    ranked,
    ranked_multi_step,
)
from gatecast.reporting.charts import some_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gatecast.evaluation import Experiment
    from gatecast.reporting.charts import Figure

_FORECAST_ROWS = 60
_SERIES = 20


def page(
    experiment: Experiment, figures: Sequence[Figure], svgs: Mapping[str, str], label: str
) -> str:
    """The whole page; every name and value in it is escaped.

    Args:
        experiment: what was measured.
        figures: the charts to show, whose captions stand below them.
        svgs: the picture of each figure, by its name.
        label: the name or unit of `y`.
    """
    return render(
        "report.html",
        pictures(figures, svgs),
        data=experiment.data,
        verdict=experiment.verdict,
        label=label,
        metric=experiment.ranked_by,
        other=beside(experiment.ranked_by),
        leader=leading(experiment),
        baseline=best_baseline(experiment),
        one_step=ranked(experiment),
        multi_step=ranked_multi_step(experiment),
        series=_series(experiment),
        unit=in_units(experiment.ranked_by),
        forecast=_forecast(experiment),
        versions=experiment.versions,
        seconds=experiment.seconds,
    )


def pictures(figures: Sequence[Figure], svgs: Mapping[str, str]) -> dict[str, Any]:
    """The picture and the caption of each figure, by its name, and the panels to choose from."""
    return {
        # Vega escapes the text it draws, so the SVG is safe to stand in the page as it is.
        figure.name: {
            "svg": Markup(svgs[figure.name]),  # noqa: S704
            "caption": figure.caption,
            "panels": _panels(figure),
        }
        for figure in figures
    }


def _panels(figure: Figure) -> dict[str, Any] | None:
    """What stands above the panels of a figure, and each with its place in the page."""
    panels = figure.panels
    if panels is None:
        return None
    return {
        "finding": panels.finding,
        "notes": panels.notes,
        "left_out": some_of(panels.total, len(panels.draw), panels.order),
        "of": {
            series: {"id": f"{figure.name}-of-{place}", "svg": Markup(svg)}  # noqa: S704
            for place, (series, svg) in enumerate(figure.panel_svgs().items(), 1)
        },
    }


def _place(title: str) -> str:
    """What a link to a heading names."""
    return re.sub(r"\W+", "-", title.lower())


class Contents:
    """The headings of a page, collected while its template is filled."""

    def __init__(self) -> None:
        self.listed: list[tuple[str, str]] = []

    def heading(self, title: str) -> Markup:
        """A heading that the table of contents leads to."""
        place = _place(title)
        self.listed.append((place, title))
        return Markup('<h2 id="{}">{}</h2>').format(place, title)


def render(
    template: str, pictures: Mapping[str, Any], *, folder: Path | None = None, **content: Any
) -> str:
    """The page of a template; every name and value in it is escaped.

    Args:
        template: its name.
        pictures: from the function of that name.
        folder: of the template, where it is not one of ours.
        content: what it shows.
    """
    contents = Contents()
    own: BaseLoader = PackageLoader("gatecast.reporting")
    environment = Environment(
        loader=own if folder is None else ChoiceLoader([FileSystemLoader(folder), own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "skill": skill,
        "percent": percent,
        "model": partial(model_name, width=60),
        "metric": METRIC_NAMES.__getitem__,
    }
    environment.globals |= {
        "heading": contents.heading,
        "contents": contents.listed,
        "place": _place,
    }
    return environment.get_template(template).render(pictures=pictures, **content)


def _series(experiment: Experiment) -> dict[str, Any]:
    """The errors of the compared models in the first series, and how many series there are."""
    total = experiment.data["series"]
    if total == 1 or not compared(experiment):
        return {"models": [], "rows": [], "total": total}
    frame = by_series(experiment)
    return {
        "models": list(frame)[2:],
        "rows": frame.head(_SERIES).to_numpy().tolist(),
        "total": total,
    }


def _forecast(experiment: Experiment) -> dict[str, Any]:
    """The first rows of the forecast as text, and how many there are."""
    frame = experiment.forecast.head(_FORECAST_ROWS)
    values = [name for name in frame if name not in {"unique_id", "ds"}]
    cells = [[number(value) for value in row] for row in frame[values].to_numpy(dtype=float)]
    keys = zip(frame["unique_id"].astype(str), moments(frame["ds"]), strict=True)
    return {
        "columns": values,
        "rows": [(*key, *row) for key, row in zip(keys, cells, strict=True)],
        "total": len(experiment.forecast),
    }
