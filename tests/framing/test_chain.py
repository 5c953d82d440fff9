from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import NAN, leading_rows, panel_of, panels, rows_of

from gatecast._types import InputError, Panel
from gatecast.framing import SCALERS, Chain, fit_scaler, load_scaler

SEASON = 3

# "year" needs dates: test_year.py. The logarithm needs positive values, so it comes first or not
# at all.
WITHOUT_DATES = [name for name in SCALERS if name != "year"]
any_chain = st.builds(
    lambda first, others: [*first, *others],
    st.sampled_from([[], ["log"]]),
    st.lists(st.sampled_from([name for name in WITHOUT_DATES if name != "log"]), max_size=3),
)
# The logarithm holds values at or above a hundredth of the smallest one in training.
positive = st.floats(50, 4000)


@given(
    names=any_chain,
    panel=panels(values=positive),
    h=st.integers(1, 8),
    more=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_inverse_undoes_transform(names: list[str], panel: Panel, h: int, more: int, seed: int):
    chain = fit_scaler(names, panel, panel.lengths, season_length=SEASON)
    # A series no longer than what its differences consume has no scale to learn.
    learnt = np.isfinite([np.zeros(len(panel.ids)), *chain.arrays().values()]).all(axis=0)
    series = np.flatnonzero(learnt)
    known = more + chain.lag
    stretch = np.random.default_rng(seed).uniform(50, 4000, (len(series), known + h))
    scaled = chain.transform(stretch, series)[:, more:]
    assert scaled.shape == (len(series), h)
    restored = chain.inverse(scaled, series, stretch[:, :known])
    np.testing.assert_allclose(restored, stretch[:, known:], rtol=1e-9)


@pytest.mark.parametrize("name", WITHOUT_DATES)
def test_every_scaler_is_undone(name: str):
    rng = np.random.default_rng(3)
    panel = panel_of(rng.uniform(1, 9, 20), rng.uniform(1000, 1001, 30))
    chain = fit_scaler([name], panel, np.array([15, 12]), season_length=SEASON)
    stretch = rng.uniform(1, 2000, (4, chain.lag + 7))
    stretch[1::2] += 1000
    series = np.array([0, 1, 0, 1])
    scaled = chain.transform(stretch, series)
    assert not np.allclose(scaled, stretch[:, chain.lag :])
    restored = chain.inverse(scaled, series, stretch[:, : chain.lag])
    np.testing.assert_allclose(restored, stretch[:, chain.lag :], rtol=1e-9)


@given(names=any_chain, panel=panels(values=positive, min_length=5), data=st.data())
def test_rows_after_the_cutoff_change_nothing_before_it(
    names: list[str], panel: Panel, data: st.DataObject
):
    train = data.draw(leading_rows(panel))
    before = panel.position < train[panel.series_of_row]
    changed = replace(panel, y=np.where(before, panel.y, data.draw(st.floats(-1e9, 1e9))))

    chain = fit_scaler(names, panel, train, season_length=SEASON)
    other = fit_scaler(names, changed, train, season_length=SEASON)

    for learnt, again in zip(chain.arrays().values(), other.arrays().values(), strict=True):
        assert learnt.tobytes() == again.tobytes()
    rows, again = (chain.transform_rows(p.y, p)[before] for p in (panel, changed))
    assert rows.tobytes() == again.tobytes()


@given(names=any_chain, panel=panels(values=positive))
def test_rows_are_scaled_like_stretches(names: list[str], panel: Panel):
    chain = fit_scaler(names, panel, panel.lengths, season_length=SEASON)
    found = rows_of(panel, chain.transform_rows(panel.y, panel))
    for number, (values, scaled) in enumerate(zip(rows_of(panel, panel.y), found, strict=True)):
        assert np.isnan(scaled[: chain.lag]).all()
        stretch = chain.transform(values[None], np.array([number]))[0]
        np.testing.assert_array_equal(scaled[chain.lag :], stretch)


def test_a_chain_equals_its_formulas_in_order():
    rng = np.random.default_rng(5)
    panel = panel_of(rng.uniform(1, 9, 20), [5, 6, NAN, 9, 4, 4, 3, 8, 7, 2], rng.uniform(2, 3, 15))
    train = np.array([14, 8, 11])
    names = ["log", "seasonal_difference", "minmax"]
    chain = fit_scaler(names, panel, train, season_length=SEASON)

    table = pd.DataFrame({"series": panel.series_of_row, "y": np.log(panel.y)})
    table["change"] = table.groupby("series")["y"].diff(SEASON)
    seen = table[panel.position < train[panel.series_of_row]].groupby("series")["change"]
    low, high = (table["series"].map(part) for part in (seen.min(), seen.max()))
    expected = (table["change"] - low) / (high - low)

    assert chain.lag == SEASON
    np.testing.assert_allclose(chain.transform_rows(panel.y, panel), expected, rtol=1e-9)
    assert list(chain.arrays()) == ["0.floor", "2.shift", "2.scale"]


@given(names=any_chain, panel=panels(values=positive))
def test_a_loaded_chain_scales_to_the_same_bits(names: list[str], panel: Panel):
    chain = fit_scaler(names, panel, panel.lengths, season_length=SEASON)
    loaded = load_scaler(names, chain.arrays(), season_length=SEASON)
    rows, again = (each.transform_rows(panel.y, panel) for each in (chain, loaded))
    assert rows.tobytes() == again.tobytes()


def test_an_empty_chain_changes_nothing():
    panel = panel_of([1, 2, 3])
    chain = fit_scaler([], panel, panel.lengths)
    stretch = np.array([[4.0, 5.0]])
    assert chain == Chain()
    assert chain.lag == 0
    np.testing.assert_array_equal(chain.transform(stretch, np.array([0])), stretch)
    np.testing.assert_array_equal(chain.inverse(stretch, np.array([0]), stretch[:, :0]), stretch)


def test_unknown_name():
    panel = panel_of([1, 2, 3])
    with pytest.raises(InputError, match="scaler 'box' is not known; choose from minmax, standard"):
        fit_scaler(["minmax", "box"], panel, panel.lengths)
