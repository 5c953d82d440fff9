from pathlib import Path

import numpy as np
import pytest
from forecast_on_devices import forecasts
from two_processes import finish, started


@pytest.mark.slow
def test_devices_take_blocks_in_turn_and_forecast_the_same_bits(tmp_path: Path):
    program = Path(__file__).with_name("forecast_on_devices.py")
    flags = "--xla_force_host_platform_device_count=3 --xla_cpu_use_fusion_emitters=false"
    finish(started(program, str(tmp_path / "center.npy"), flags=flags))
    expected, seen = forecasts()
    assert seen == [set()] * 6
    np.testing.assert_array_equal(np.load(tmp_path / "center.npy"), expected)
