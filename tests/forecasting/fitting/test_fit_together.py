from pathlib import Path

import numpy as np
import pytest
from fit_of_process import forecaster, static, table
from two_processes import finish_both

import gatecast


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*have no value")
def test_two_processes_fit_what_one_fits_to_all_series(tmp_path: Path):
    finish_both(Path(__file__).with_name("fit_of_process.py"), tmp_path)
    whole = forecaster().fit(table(), static_df=static())
    expected = whole.predict(level=[80])
    for rank, ids in enumerate([{"s1", "s2", "s4", "s5"}, {"s0", "s3"}]):
        own = gatecast.load(tmp_path / f"{rank}.gatecast")
        for found, other in zip(
            own.model_.members.parts[0].weights[0],
            whole.model_.members.parts[0].weights[0],
            strict=True,
        ):
            np.testing.assert_allclose(found, other, atol=1e-5)
        assert own.skill_ == pytest.approx(whole.skill_, rel=1e-4)
        forecasts = expected[expected["unique_id"].isin(ids)].drop(columns=["unique_id", "ds"])
        np.testing.assert_allclose(
            own.predict(level=[80]).drop(columns=["unique_id", "ds"]), forecasts, rtol=1e-4
        )
