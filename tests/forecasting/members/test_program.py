"""Forecasts as programs that are saved with a model, against those of its network."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from jax import export
from small_forecasters import NAN, drawn_model, panel_of, small_settings, wandering

from gatecast._types import Panel
from gatecast.forecasting import Combination, Model, Settings, load_model, save_model
from gatecast.forecasting.members import ForecastInputs, Program, Runner, ahead
from gatecast.framing import Framing
from gatecast.network import Architecture, Normal
from gatecast.network.recurrence import FORWARD

PANEL = panel_of(wandering(20), wandering(16, 1), wandering(18, 2))
GAPPY = panel_of([*wandering(18), NAN, 3.0], wandering(16, 1))
CASES = {
    "empty steps and levels": (
        small_settings(Framing(3, 2, level="last"), scaler=("log", "standard"), gaps="mask"),
        GAPPY,
        2,
    ),
    "memory fed back": (small_settings(stateful=True), PANEL, 5),
    "a distribution": (small_settings(output=Normal()), PANEL, 2),
    "local": (small_settings(Framing(3, 2, shape="window"), scope="local"), PANEL, 2),
}
TWO_MEMBERS = small_settings(members=2), PANEL, 2


@pytest.fixture(autouse=True, scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of programs, as `use_compilation_cache` makes it."""
    before, cache = jax.config.jax_compilation_cache_dir, tmp_path_factory.mktemp("cache")
    (cache / "forecasts").mkdir(mode=0o700)
    jax.config.update("jax_compilation_cache_dir", str(cache))
    yield cache / "forecasts"
    jax.config.update("jax_compilation_cache_dir", before)


def loaded(settings: Settings, panel: Panel, h: int, folder: Path) -> Model:
    model = drawn_model(settings, panel, h, intervals=False)
    return load_model(save_model(model, folder / "model.gatecast").path)


def with_program(model: Model, program: Program | None) -> Model:
    (part,) = model.members.parts
    return replace(model, members=Combination((replace(part, program=program),)))


def program_of(model: Model) -> Program:
    program = model.members.parts[0].program
    assert program is not None
    return program


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, kept: Path) -> Model:  # noqa: ARG001 (programs are kept)
    return loaded(*TWO_MEMBERS, tmp_path_factory.mktemp("artefact"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forecast that needs the network fails."""

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was built")

    monkeypatch.setattr(Runner, "beyond", refuse)


@pytest.mark.parametrize("case", CASES)
def test_a_program_says_what_the_network_says(
    case: str, tmp_path: Path, request: pytest.FixtureRequest
):
    model = loaded(*CASES[case], tmp_path)
    expected = with_program(model, None).forecast()
    request.getfixturevalue("no_network")
    pd.testing.assert_frame_equal(model.forecast(), expected, rtol=1e-6)


class Loaded(NamedTuple):
    """What a process says that has loaded a model and forecast."""

    modules: list[str]
    values: list[float]


def run_forecast(path: Path, cache: Path) -> Loaded:
    code = (
        "import json, sys;"
        "import gatecast;"
        "gatecast.use_compilation_cache(sys.argv[2]);"
        "found = gatecast.load(sys.argv[1]).predict();"
        "print(json.dumps([list(sys.modules), found['LSTM'].tolist()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(cache)],
        capture_output=True,
        text=True,
        check=True,
    )
    return Loaded(*json.loads(done.stdout))


def test_a_forecast_loads_no_keras(model: Model, kept: Path, tmp_path: Path):
    path = save_model(model, tmp_path / "model.gatecast").path
    done = run_forecast(path, kept.parent)
    assert not {"keras", "optax", "statsforecast", "sklearn", "altair"} & set(done.modules)
    np.testing.assert_allclose(done.values, model.forecast()["LSTM"], rtol=1e-6)


@pytest.mark.usefixtures("no_network")
def test_any_number_of_series_fits(model: Model):
    part = model.members.parts[0]
    every = ahead(part, PANEL, 2)
    first = ahead(part, panel_of(wandering(20)), 2)
    np.testing.assert_allclose(first[:, 0], every[:, 0], rtol=1e-5)


def test_another_horizon_asks_the_network(model: Model):
    expected = with_program(model, None).forecast(5)
    pd.testing.assert_frame_equal(model.forecast(5), expected, check_exact=True)


@pytest.mark.usefixtures("no_network")
def test_what_is_damaged_or_not_ours_is_not_used(model: Model, kept: Path, tmp_path: Path):
    path, whole = save_model(model, tmp_path / "model.gatecast").path, program_of(model)
    for entry in kept.iterdir():
        entry.write_bytes(b"garbage")
    assert program_of(load_model(path)) == whole
    kept.chmod(0o777)
    assert load_model(path).members.parts[0].program is None
    kept.chmod(0o700)


@pytest.mark.usefixtures("no_network")
def test_a_second_load_finds_the_program(model: Model, tmp_path: Path):
    again = load_model(save_model(model, tmp_path / "again.gatecast").path)
    assert program_of(again) == program_of(model)


def calling_out(inputs: ForecastInputs, h: int) -> bytes:
    """A program of the right shapes that calls a library of the machine."""

    def beyond(weights: Any, rows: dict[str, Any], state: Any) -> tuple[Any, ...]:
        square = jnp.linalg.cholesky(jnp.eye(2)).sum() + 0 * jax.tree.leaves(weights)[0].sum()
        groups, samples = rows["values"].shape[:2]
        members = jax.tree.leaves(state)[0].shape[1]
        center = jnp.broadcast_to(square, (groups, members, samples, h, 1))
        return center, center[..., None], center

    plain = inputs.weights, inputs.rows.named(), inputs.state
    return bytes(export.export(jax.jit(beyond))(*plain).serialize())


def inputs_of(model: Model) -> tuple[ForecastInputs, int]:
    """What a forecast gives its program."""
    seen: list[tuple[ForecastInputs, int]] = []

    class Spy(Program):
        def __call__(self, inputs: ForecastInputs, h: int) -> None:
            seen.append((inputs, h))

    with_program(model, Spy(b"")).forecast()
    (given,) = seen
    return given


@pytest.mark.slow
@pytest.mark.compiler
def test_without_the_native_lstm_another_program_says_the_same(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = small_settings(Framing(8, 2), architecture=Architecture(units=16), members=2)
    model = loaded(settings, PANEL, 2, tmp_path)
    calling = program_of(model).content
    assert FORWARD in export.deserialize(bytearray(calling)).mlir_module()
    inputs, h = inputs_of(model)
    assert Program(calling)(inputs, h) is not None
    before = set(kept.iterdir())

    monkeypatch.setenv("GATECAST_NATIVE", "0")
    without = run_forecast(tmp_path / "model.gatecast", kept.parent)
    np.testing.assert_allclose(without.values, model.forecast()["LSTM"], rtol=1e-5)
    (made,) = set(kept.iterdir()) - before
    assert FORWARD.encode() not in made.read_bytes()

    # Such as on a GPU.
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert Program(calling)(inputs, h) is None


def test_a_program_that_does_not_serve_is_left_alone(model: Model, tmp_path: Path):
    expected = with_program(model, None).forecast()
    inputs, h = inputs_of(model)
    content = program_of(model).content
    wider = small_settings(Framing(4, 2), members=2)
    others = {
        "empty": b"",
        "garbage": b"garbage" * 99,
        "truncated": content[: len(content) // 2],
        "of other shapes": program_of(loaded(wider, PANEL, 2, tmp_path)).content,
        "calling out": calling_out(inputs, h),
    }
    for name, other in others.items():
        assert Program(other)(inputs, h) is None, name
        found = with_program(model, Program(other)).forecast()
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert Program(content)(inputs, h) is not None


def test_a_network_that_cannot_be_traced_is_saved_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: Any, **__: Any) -> None:
        raise TypeError("this layer needs to know the number of samples")

    monkeypatch.setattr(export, "export", refuse)
    settings = small_settings(Framing(5, 2))
    model = loaded(settings, PANEL, 2, tmp_path)
    assert model.members.parts[0].program is None
    assert len(model.forecast()) == 6
