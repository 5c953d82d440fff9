"""The front door: what `import gatecast` offers, and what it costs."""

import json
import subprocess
import sys

import pytest

import gatecast as gc

# What takes a noticeable part of a second to import.
HEAVY = ("keras", "jax", "pandas", "duckdb", "altair", "statsforecast", "scipy")


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


def test_what_forecasts_loads_neither_keras_nor_baselines_nor_charts():
    loaded = json.loads(
        in_a_fresh_process(
            "import json, sys\nimport gatecast.forecasting\nprint(json.dumps(list(sys.modules)))"
        )
    )
    assert "jax" in loaded
    late = {"keras", "optax", "scipy", "statsforecast", "sklearn", "duckdb", "altair"}
    assert not late & set(loaded)


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


@pytest.mark.parametrize("name", gc.__all__)
def test_every_name_is_there_and_explained(name: str):
    found = getattr(gc, name)
    assert found.__doc__
    if isinstance(found, type):
        # A class of its own words, not those of a base or of the dataclass decorator.
        assert vars(found)["__doc__"].splitlines()[0].endswith(".")
        assert not found.__doc__.startswith(f"{name}(")


def test_names_are_listed_once():
    assert len(set(gc.__all__)) == len(gc.__all__)
    assert set(gc.__all__) <= set(dir(gc))
    assert "__version__" in dir(gc)


def test_version_is_a_version():
    assert [part.isdigit() for part in gc.__version__.split(".")] == [True, True, True]


def test_star_import_gives_what_is_listed():
    names: dict[str, object] = {}
    exec("from gatecast import *", names)  # noqa: S102 (a star import is refused in functions)
    assert set(gc.__all__) == {name for name in names if not name.startswith("__")}


def test_unknown_name():
    with pytest.raises(AttributeError, match="'gatecast' has no attribute 'LSTMForcaster'"):
        _ = gc.LSTMForcaster  # type: ignore[attr-defined]


def test_names_stay_what_they_are():
    assert gc.read is gc.data.read
    assert gc.LSTMForecaster is gc.forecasting.LSTMForecaster
    assert gc.report is gc.reporting.report
    assert issubclass(gc.InputError, ValueError)
    assert issubclass(gc.InputWarning, UserWarning)
