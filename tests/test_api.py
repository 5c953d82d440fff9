"""The front door: what `import gatecast` offers, and what it costs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gatecast

# What takes a noticeable part of a second to import.
HEAVY = ("keras", "jax", "pandas", "duckdb", "altair", "statsforecast", "scipy", "mlflow")


def in_a_fresh_process(code: str) -> str:
    """Standard output of a program that must say nothing on standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert not done.stderr
    return done.stdout


def test_importing_loads_nothing_heavy_and_changes_nothing():
    found = json.loads(
        in_a_fresh_process(
            "import json, os, sys\n"
            "before = dict(os.environ)\n"
            "import gatecast\n"
            "print(json.dumps([list(sys.modules), before == dict(os.environ)]))"
        )
    )
    modules, same_environment = found
    assert "gatecast" in modules
    assert not set(HEAVY) & set(modules)
    assert same_environment


def test_a_saved_model_forecasts_without_what_trains(tmp_path: Path):
    model = gatecast.AutoLSTM(h=3, quality="zero_shot", verbose=False)
    file = model.fit(gatecast.datasets.airline_passengers()).save(tmp_path / "air.gatecast")
    code = (
        "import json, sys, gatecast\n"
        f"gatecast.use_compilation_cache({str(tmp_path / 'cache')!r})\n"
        f"model = gatecast.load({str(file)!r})\n"
        "model.predict(level=[80])\n"
        "print(json.dumps(list(sys.modules)))"
    )
    # The first load makes the program and keeps it; the second finds it.
    in_a_fresh_process(code)
    loaded = json.loads(in_a_fresh_process(code))
    assert {"jax", "gatecast.forecasting.members._runner"} <= set(loaded)
    late = {"keras", "optax", "statsforecast", "sklearn", "duckdb", "altair", "mlflow"}
    assert not late & set(loaded)
    training = [name for name in loaded if name.startswith("gatecast.training.")]
    assert set(training) == {"gatecast.training._settings", "gatecast.training._cache"}
    assert "gatecast.forecasting.fitting" not in loaded


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], []])
def test_help_loads_nothing_heavy(arguments: list[str]):
    output = in_a_fresh_process(
        "import json, sys\n"
        f"sys.argv = ['gatecast', *{arguments!r}]\n"
        "from gatecast.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    print('\\n' + json.dumps([end.code, list(sys.modules)]))"
    )
    *words, last = output.splitlines()
    code, modules = json.loads(last)
    assert code == 0
    assert any(words)
    assert "gatecast.cli._main" in modules
    assert not set(HEAVY) & set(modules)


def test_the_watch_for_heavy_modules_can_fail():
    loaded = in_a_fresh_process(
        "import json, sys, gatecast; gatecast.read; print(json.dumps(list(sys.modules)))"
    )
    assert "pandas" in json.loads(loaded)


@pytest.mark.parametrize("name", gatecast.__all__)
def test_every_name_is_there_and_explained(name: str):
    found = getattr(gatecast, name)
    assert found.__doc__
    if isinstance(found, type):
        # A class of its own words, not those of a base or of the dataclass decorator.
        assert vars(found)["__doc__"].splitlines()[0].endswith(".")
        assert not found.__doc__.startswith(f"{name}(")


def test_names_are_listed_once():
    assert len(set(gatecast.__all__)) == len(gatecast.__all__)
    assert set(gatecast.__all__) <= set(dir(gatecast))
    assert "__version__" in dir(gatecast)


def test_version_is_a_version():
    assert [part.isdigit() for part in gatecast.__version__.split(".")] == [True, True, True]


def test_star_import_gives_what_is_listed():
    names: dict[str, object] = {}
    exec("from gatecast import *", names)  # noqa: S102 (a star import is refused in functions)
    assert set(gatecast.__all__) == {name for name in names if not name.startswith("__")}


def test_unknown_name():
    with pytest.raises(AttributeError, match="'gatecast' has no attribute 'LSTMForcaster'"):
        _ = gatecast.LSTMForcaster  # type: ignore[attr-defined]


def test_names_stay_what_they_are():
    assert gatecast.read is gatecast.data.read
    assert gatecast.LSTMForecaster is gatecast.forecasting.LSTMForecaster
    assert gatecast.report is gatecast.reporting.report
    assert issubclass(gatecast.InputError, ValueError)
    assert issubclass(gatecast.InputWarning, UserWarning)
