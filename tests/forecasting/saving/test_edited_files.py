"""Files that somebody edited: refused with words, or harmless; never another exception."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save
from small_forecasters import (
    DrawnForecaster,
    drawn_model,
    frame_of,
    panel_of,
    small_settings,
    wandering,
)

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.forecasting import load_model, save_model
from gatecast.framing import Exogenous, Framing

Contents = dict[str, bytes]

WRONG = [None, True, -1, 0, 10**9, 1e308, "x", "\x1b[2J", [], {}, [[[]]], {"a": {"b": 1}}]
ARRAYS = ("weights.safetensors", "state.safetensors")
PANEL = panel_of(wandering(20), wandering(16, 1), freq="D")
some = partial(settings, derandomize=True, deadline=None, suppress_health_check=[*HealthCheck])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """What a file of a small model holds."""
    made = small_settings(
        Framing(3, 2, level="last"),
        scaler=("log", "standard"),
        members=2,
        exogenous=Exogenous(hist=("sky",)),
    )
    sky = {"exog": {"sky": np.arange(36) % 2.0}, "categories": {"sky": ("dull", "fair")}}
    path = tmp_path_factory.mktemp("model") / "m.gatecast"
    save_model(drawn_model([made], replace(PANEL, **sky), 2), path)
    return contents_of(path)


def contents_of(path: Path) -> Contents:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Contents], Path]:
    """Writes contents as a file whose checksums are right."""
    path = tmp_path_factory.mktemp("edited") / "m.gatecast"

    return partial(write_to, path)


@pytest.fixture(scope="module")
def expected(whole: Contents, write: Callable[[Contents], Path]) -> Any:
    """What the model forecasts."""
    return load_model(write(whole)).forecast()


def write_to(path: Path, contents: Contents) -> Path:
    manifest = json.loads(contents["manifest.json"])
    if isinstance(manifest, dict):
        manifest["sha256"] = {name: sha256(contents[name]).hexdigest() for name in ARRAYS}
    text = json.dumps(manifest).encode()
    checksum = sha256(text).hexdigest().encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(
                name, {"manifest.json": text, "manifest.sha256": checksum}.get(name, content)
            )
    return path


def use(path: Path) -> None:
    """Load and forecast; whatever is wrong is refused."""
    # Weights of any size may overflow.
    with suppress(InputError), np.errstate(all="ignore"):
        load_model(path).forecast()


def places(record: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field and every item of JSON."""
    inner = record.items() if isinstance(record, dict) else enumerate(record)
    for name, value in inner:
        yield (*path, name)
        if isinstance(value, dict | list):
            yield from places(value, (*path, name))


def edited(record: Any, path: tuple[Any, ...], value: Any, *, leave_out: bool) -> Any:
    copy = json.loads(json.dumps(record))
    place = copy
    for name in path[:-1]:
        place = place[name]
    if leave_out:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy


@given(data=st.data())
@some(max_examples=80)
def test_no_field_of_the_manifest_breaks_it(
    whole: Contents, write: Callable[[Contents], Path], data: st.DataObject
):
    manifest = json.loads(whole["manifest.json"])
    path = data.draw(st.sampled_from(list(places(manifest))))
    value = data.draw(st.sampled_from(WRONG))
    changed = edited(manifest, path, value, leave_out=data.draw(st.booleans()))
    use(write(whole | {"manifest.json": json.dumps(changed).encode()}))


def _half(array: Any) -> Any:
    return array[: len(array) // 2] if array.ndim else array


UNUSABLE = {"f": np.nan, "i": -7, "u": 7}
CHANGES: dict[str, Callable[[Any], Any]] = {
    "shorter": _half,
    "flat": lambda array: array.reshape(-1),
    "deeper": lambda array: array[None],
    "whole numbers": lambda array: array.astype(np.int32),
    "floats": lambda array: array.astype(np.float32),
    "not finite": lambda array: np.full_like(
        array, {"f": np.nan, "i": -7, "u": 7}[array.dtype.kind]
    ),
    "large": lambda array: np.full_like(array, 10**9),
    "turned": lambda array: array[::-1].copy() if array.ndim else array,
}


@given(data=st.data())
@some(max_examples=50)
def test_no_array_breaks_it(
    whole: Contents, write: Callable[[Contents], Path], data: st.DataObject
):
    file = data.draw(st.sampled_from(ARRAYS))
    arrays = load(whole[file])
    name = data.draw(st.sampled_from(sorted(arrays)))
    change = data.draw(st.sampled_from([*CHANGES, None]))
    if change is None:
        del arrays[name]
    else:
        arrays[name] = np.ascontiguousarray(CHANGES[change](arrays[name]))
    use(write(whole | {file: save(arrays)}))


@given(data=st.data())
@some(max_examples=40)
def test_damaged_bytes_are_refused_or_harmless(
    whole: Contents, expected: Any, write: Callable[[Contents], Path], data: st.DataObject
):
    path = write(whole)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    path.write_bytes(content)
    try:
        found = load_model(path).forecast()
    except InputError:
        return
    assert found.equals(expected)


LOADED = """
import resource, sys
import keras
from gatecast import InputError, load

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

load(sys.argv[1]).predict()
before = peak()
for path in sys.argv[2:]:
    try:
        load(path).predict()
        print(path, "was not refused")
    except InputError as error:
        assert str(error).startswith(f"{path}: "), error
print(peak() - before)
"""
HUGE = [
    ("h",),
    ("parts", 0, "sizes", "features"),
    ("parts", 0, "sizes", "horizon"),
    ("parts", 0, "settings", "architecture", "units"),
    ("parts", 0, "settings", "architecture", "layers"),
    ("parts", 0, "settings", "framing", "look_back"),
    ("parts", 0, "settings", "framing", "horizon"),
    ("parts", 0, "settings", "members"),
    ("made", "params", "h"),
    ("made", "params", "units"),
    ("made", "params", "members"),
]


def test_sizes_beyond_all_memory_are_refused_before_it_is_taken(tmp_path: Path):
    own = keras.Sequential([keras.Input((3, 1)), keras.layers.LSTM(77), keras.layers.Dense(2)])
    models = []
    for name, network in (("stack", "stack"), ("own", own)):
        forecaster = DrawnForecaster(
            h=2, look_back=3, units=2, network=network, intervals=False, verbose=False
        )
        models.append(forecaster.fit(frame_of(PANEL)).save(tmp_path / name))
    whole, theirs = map(contents_of, models)
    manifest = json.loads(whole["manifest.json"])
    texts = [json.dumps(edited(manifest, place, 10**9, leave_out=False)) for place in HUGE]
    edits = [whole | {"manifest.json": text.encode()} for text in texts]
    units = b'\\"units\\": 77'
    assert theirs["manifest.json"].count(units) == 2
    for many in (b"100000", b"1000000000"):
        text = theirs["manifest.json"].replace(units, units.replace(b"77", many))
        edits.append(theirs | {"manifest.json": text})
    paths = [write_to(tmp_path / f"{number}", each) for number, each in enumerate(edits)]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, models[0], *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    # Kilobytes.
    assert int(done.stdout) < 100_000
