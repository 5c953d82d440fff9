"""Trained networks, with the scalers and covariates fitted on the same training rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.members._masking import needs_mask, values_inside
from gatecast.forecasting.members._program import Program
from gatecast.forecasting.members._runner import Runner
from gatecast.framing import (
    Chain,
    Covariates,
    Effects,
    Rows,
    View,
    Windows,
    apart,
    first_target,
)
from gatecast.network import Network, Sizes


@dataclass(frozen=True)
class Members:
    """The trained networks of one part, which differ in their seeds.

    Attributes:
        part: their settings, role, metric and source of weights.
        view: their scalers and covariates.
        sizes: of the networks as they were trained.
        weights: trainable and non-trainable values, [groups, members, ...] each; there is one
            group of a global model, else one per id.
        masked: whether they were trained with empty steps.
        program: a forecast that was saved with them and needs no network, or None.
        block: samples that are forecast in one call, as in `Runner.forecast`.
    """

    part: Part
    view: View
    sizes: Sizes
    weights: Any
    masked: bool = False
    program: Program | None = field(default=None, repr=False)
    block: int | None = None

    @property
    def settings(self) -> Settings:
        """Those of the part."""
        return self.part.settings

    @property
    def context_rows(self) -> int:
        """Rows of history that a forecast looks back on."""
        return self.view.context_rows

    @property
    def number(self) -> int:
        """Networks per group."""
        return int(self.weights[0][0].shape[1])

    @property
    def groups(self) -> int:
        """1 for a global model, else one per id."""
        return int(self.weights[0][0].shape[0])

    @property
    def one_origin(self) -> bool:
        """Whether a call can forecast from one origin of each series only."""
        return self.settings.stateful or self.groups > 1

    def runner(self, *, masked: bool) -> Runner:
        """The forward pass, with or without empty steps."""
        in_steps = self.settings.framing.shape == "steps"
        sizes = replace(self.sizes, masked=masked and in_steps)
        network = Network(self.settings.architecture, sizes, self.settings.output)
        return Runner(network, self.settings.framing, self.settings.stateful)

    def read(self, panel: Panel) -> Panel:
        """The panel as the networks read it: each target by itself, or all side by side."""
        return apart(panel) if self.part.apart else panel

    def rows(
        self,
        panel: Panel,
        windows: Windows,
        level: Floats | None = None,
        *,
        empty: bool | None = None,
    ) -> tuple[Runner, Rows]:
        """The forward pass that some windows of a panel need, and the panel's rows.

        Args:
            panel: the series.
            windows: over `first_target(panel)`.
            level: [series] the smoothed level before the first row, where it is known.
            empty: whether these windows have empty steps; None to look.

        Raises:
            InputError: for windows too short for a network that was trained on whole ones only.
        """
        ids = first_target(panel)
        short = windows.origin - ids.offsets[windows.series] < self.context_rows
        if empty is None:
            empty = needs_mask(self.settings, values_inside(panel), short=bool(short.any()))
        masked = self.masked or empty
        if self.settings.framing.shape == "window" and not self.masked:
            # The mask would be a feature, which this network does not have.
            masked = False
            if short.any():
                raise InputError(
                    f"series {str(ids.ids[windows.series[short]][0])!r} has fewer than the "
                    f"{self.context_rows} rows that framing='window' was trained on: give more "
                    "rows, or fit with framing='steps'"
                )
        return self.runner(masked=masked), self.view.rows(panel, masked=masked, level=level)

    def grouped(self, windows: Windows) -> tuple[Integers, Integers]:
        """Origins as [groups, samples], and where each window is in them, flattened."""
        if self.groups == 1:
            return windows.origin[None], np.arange(len(windows))
        counts = np.bincount(windows.series, minlength=self.groups)
        origins = np.full((self.groups, counts.max(initial=1)), windows.origin.min(initial=1))
        origins[windows.series, windows.place] = windows.origin
        return origins, windows.series * origins.shape[1] + windows.place


def view_of(
    settings: Settings,
    scaler: Chain,
    covariates: Covariates,
    step: Any,
    effects: Effects | None = None,
) -> View:
    """The view through which networks of some settings read a panel.

    Args:
        settings: of the networks.
        scaler: fitted.
        covariates: fitted.
        step: the usual time between observations, where times are irregular; else None.
        effects: of the columns, where they are taken out.
    """
    return View(
        settings.framing,
        scaler,
        covariates,
        decays=settings.gaps == "decay",
        step=step,
        scaled=settings.output.units == "ratio",
        bridges=settings.gaps == "bridge",
        effects=effects,
    )
