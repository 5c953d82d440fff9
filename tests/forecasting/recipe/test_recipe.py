"""The parts of a recipe, and the pre-trained networks that they start from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file
from small_forecasters import panel_of

import gatecast
from gatecast._types import Panel
from gatecast.forecasting import Metric, Part, Quality, pretrained, recipe_parts
from gatecast.forecasting.fitting import PartOptions, train
from gatecast.forecasting.members import Members, ahead
from gatecast.network import Quantiles, build_network

AIR = gatecast.datasets.airline_passengers()["y"].to_numpy()


def fitted(part: Part, panel: Panel, season_length: int = 1, **options: Any) -> Members:
    how = PartOptions(season_length=season_length, verbose=False, **options)
    return train(part, panel, [panel.lengths], how)[0][0]


def by_path(members: Members) -> dict[str, np.ndarray]:
    """Path of a variable -> its values in the only group, [members, ...]."""
    network = build_network(members.settings.architecture, members.sizes)
    variables = network.model.trainable_variables
    pairs = zip(variables, members.weights[0], strict=True)
    return {variable.path: np.asarray(value)[0] for variable, value in pairs}


def test_a_panel_without_samples_to_adapt_to_takes_the_networks_as_they_are():
    (alone,) = recipe_parts("auto", panel_of([1, 2, 3, 4], freq="YS"), 4)
    assert (alone.role, alone.weights) == ("pretrained", "pretrained")
    assert not alone.trained


def test_hours_have_a_day_and_a_week():
    for freq, seasons in {"h": (24, 168), "2h": (12, 84), "15min": (96, 672), "D": (7, 1)}.items():
        (alone, *_) = recipe_parts("auto", panel_of(np.arange(90.0), freq=freq), 14)
        framing = alone.settings.framing
        assert (framing.season, framing.longer_season) == seasons


def test_adapted_networks_see_a_season_or_few_rows():
    def seen(freq: str) -> list[tuple[int, int, bool]]:
        panel = panel_of(*np.ones((190, 120)), freq=freq)
        every = [part.settings.framing for part in recipe_parts("auto", panel, 4)]
        return [(each.look_back, each.steps, each.season_shown) for each in every]

    assert seen("MS") == [(120, 60, True), (120, 36, False), (120, 60, True)]
    assert seen("W") == [(208, 60, True), (208, 36, False), (208, 60, True)]
    assert seen("YS") == [(60, 60, True)] * 3


def test_networks_are_adapted_much_where_there_are_some_samples():
    def rates(series: int) -> dict[str, float]:
        parts = recipe_parts("auto", panel_of(*np.ones((series, 60))), 4)
        trained = [part for part in parts if part.trained]
        assert all(part.weights == "pretrained" for part in trained)
        return {part.role: part.settings.training.learning_rate for part in trained}

    lightly, strongly = {"adapted_lightly": 3e-4}, {"adapted_strongly": 2e-3}
    assert [rates(number) for number in (1, 50, 150)] == [{}, lightly, lightly | strongly]


def test_a_few_long_series_are_adapted_in_fewer_and_larger_steps():
    def steps_and_rate(series: int, rows: int, quality: Quality = "auto") -> tuple[int, float]:
        part = recipe_parts(quality, panel_of(*np.ones((series, rows))), 4)[1]
        training, samples = part.settings.training, series * (rows - 4 - 2 * 4 + 1)
        return round(training.epochs * samples / training.batch_size), training.learning_rate

    for quality in ("fast", "auto"):
        steps, rate = steps_and_rate(1, 1700, quality)
        assert (90 < steps < 110, rate) == (True, 2e-3)
    # As many samples of short series; and more than are seen twice.
    assert steps_and_rate(10, 180) == (pytest.approx(300, rel=0.1), 3e-4)
    assert steps_and_rate(6, 1700)[1] == 3e-4


def test_networks_that_begin_from_nothing_need_more_samples():
    few, many = (panel_of(*np.ones((number, 120))) for number in (90, 400))

    def units(name: Any, panel: Panel) -> list[int]:
        parts = [each for each in recipe_parts(name, panel, 4) if each.weights == "drawn"]
        assert all(part.role == "from_scratch" for part in parts)
        return [part.settings.architecture.units for part in parts]

    found = [[units(name, panel) for name in ("fast", "auto", "best")] for panel in (few, many)]
    assert found == [[[], [], []], [[], [64], [64, 128]]]


@pytest.mark.parametrize(("metric", "point"), [("mae", "median"), ("mape", "percent")])
def test_every_part_has_the_seed_the_metric_and_a_point_for_it(metric: Metric, point: str):
    panel = panel_of(*np.ones((400, 120)))
    parts = recipe_parts("best", panel, 4, random_seed=7, metric=metric)
    assert len(parts) == 5
    assert {(part.metric, part.settings.random_seed) for part in parts} == {(metric, 7)}
    outputs = [part.settings.output for part in parts]
    assert all(isinstance(output, Quantiles) and output.point == point for output in outputs)


def test_rows_that_are_not_read_are_as_good_as_empty():
    panel = panel_of(AIR[-30:], freq="YS")
    alone, *_ = recipe_parts("fast", panel, 6)
    framing = replace(alone.settings.framing, read=30)
    fewer = replace(alone, settings=replace(alone.settings, framing=framing))
    one, two = (fitted(each, panel) for each in (alone, fewer))
    members, outputs = pretrained.members(), 6 * pretrained.output().parameters
    assert by_path(one)["linear_skip/kernel"].shape == (members, 60 * 8, outputs)
    assert by_path(two)["linear_skip/kernel"].shape == (members, 30 * 8, outputs)
    np.testing.assert_allclose(ahead(one, panel, 6), ahead(two, panel, 6), rtol=1e-5)


@pytest.mark.parametrize(("freq", "expected"), [("MS", "asinh"), ("QS", "power"), ("W", "power")])
def test_untrained_networks_see_logarithms_of_months_alone(freq: str, expected: str):
    alone, *_ = recipe_parts("zero_shot", panel_of(AIR, freq=freq), 6)
    assert alone.settings.scaler == (expected,)


def test_rows_between_those_that_were_trained_are_interpolated():
    def kernel(h: int) -> Any:
        found = pretrained.weights(pretrained.framing(12, h))["output/kernel"]
        return found.reshape(*found.shape[:2], h, -1)

    trained = np.array(pretrained.ROWS_AHEAD)
    assert (trained[:25].tolist(), trained[-1]) == ([*range(1, 25), 30], 720)
    near, far = kernel(24), kernel(720)
    np.testing.assert_array_equal(far[:, :, :24], near)
    stored = load_file(pretrained.PATH)["output/kernel"].astype(np.float32)
    stored = stored.reshape(*stored.shape[:2], len(trained), -1)
    np.testing.assert_allclose(far[:, :, trained - 1], stored, rtol=1e-5, atol=1e-7)
    # 27 rows ahead are half way between 24 and 30.
    middle = (stored[:, :, 23] + stored[:, :, 24]) / 2
    np.testing.assert_allclose(far[:, :, 26], middle, rtol=1e-5, atol=1e-7)


def test_days_lose_the_season_of_the_year():
    parts = recipe_parts("fast", panel_of(AIR, freq="D"), 6)
    assert [part.settings.scaler[-1] for part in parts] == ["year"] * len(parts)


def test_untrained_networks_are_damped_and_no_others():
    panel = panel_of(AIR)
    alone, *_ = recipe_parts("zero_shot", panel, 24)
    stored = pretrained.weights(alone.settings.framing)
    found = by_path(fitted(alone, panel, 12))
    assert set(found) == set(stored)
    for path, shipped in stored.items():
        if not path.startswith(("output/", "linear_skip/")):
            np.testing.assert_array_equal(found[path], shipped)
            continue
        # [..., rows ahead, quantiles]: the middle of eleven is damped, to 0.7 in the last row.
        given, kept = (each.reshape(*each.shape[:-1], 24, 11) for each in (shipped, found[path]))
        np.testing.assert_array_equal(kept[..., 0, :], given[..., 0, :])
        np.testing.assert_allclose(kept[..., -1, 5], 0.7 * given[..., -1, 5], rtol=1e-6)
        others = [*range(5), *range(6, 11)]
        np.testing.assert_array_equal(kept[..., others], given[..., others])


def test_adapted_networks_begin_with_those_that_are_shipped():
    panel = panel_of(*np.tile(AIR, (3, 1)), freq="MS")
    (lightly,) = [part for part in recipe_parts("fast", panel, 6) if part.trained]
    asked: list[Any] = []

    def give_back(network: Any, *_: Any, initial: Any, **__: Any) -> Any:
        paths = [variable.path for variable in network.model.trainable_variables]
        asked.append(dict(zip(paths, initial[0], strict=True)))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fitted(lightly, panel, 12, trainer=give_back)
    (begun,) = asked
    shipped: Mapping[str, Any] = pretrained.weights(lightly.settings.framing)
    first = {path: value[: lightly.settings.members] for path, value in shipped.items()}
    assert jax.tree.all(jax.tree.map(np.array_equal, begun, first))


def test_what_is_shipped_is_small():
    assert pretrained.PATH.stat().st_size < 8e6
    assert pretrained.members() > 1
