import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load
from small_forecasters import (
    DrawnForecaster,
    drawn_model,
    frame_of,
    panel_of,
    small_settings,
    wandering,
)

import gatecast
from gatecast._types import InputError
from gatecast.forecasting import (
    ForecastOptions,
    LSTMForecaster,
    Model,
    Settings,
    load_model,
    save_model,
)
from gatecast.framing import Framing
from gatecast.network import Architecture

SETTINGS = small_settings(
    Framing(3, 2, level="last"),
    scaler=("log", "difference", "standard"),
    gaps="mask",
    members=2,
)
STATEFUL = small_settings(stateful=True, gaps="mask")
PANELS = {
    "days": panel_of(wandering(20), wandering(16, 1), freq="D"),
    "integers": panel_of(wandering(20), wandering(16, 1)),
}


def fitted(*settings: Settings, days: bool = True) -> Model:
    panel = PANELS["days" if days else "integers"]
    return drawn_model(settings, panel, 3, intervals=days)


@pytest.fixture(scope="module")
def model() -> Model:
    return fitted(SETTINGS)


@pytest.fixture
def path(model: Model, tmp_path: Path) -> Path:
    return save_model(model, tmp_path / "air.gatecast").path


def assert_same_forecasts(first: Model, second: Model, level: Any = (80, 95)):
    for h in (None, 7):
        found, expected = (each.forecast(h, ForecastOptions(level)) for each in (first, second))
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_loaded_model_forecasts_the_same_bits(model: Model, path: Path):
    loaded = load_model(path)
    assert_same_forecasts(loaded, model)
    assert loaded.calibration.skill == model.calibration.skill
    assert loaded.members.parts[0].settings == SETTINGS
    assert (loaded.h, loaded.freq, loaded.season_length) == (3, "D", 7)


def test_memory_is_saved_and_so_are_parts_of_different_settings(tmp_path: Path):
    model = fitted(SETTINGS, STATEFUL, days=False)
    loaded = load_model(save_model(model, tmp_path / "two.gatecast").path)
    assert_same_forecasts(loaded, model, level=())
    assert [part.settings for part in loaded.members.parts] == [SETTINGS, STATEFUL]
    assert [len(each.memory) for each in loaded.context.states] == [0, 2]
    assert loaded.calibration is None
    assert loaded.forecast(1)["ds"].tolist() == [20, 16]


def test_a_model_beside_a_perfect_naive_forecast_is_loaded(tmp_path: Path):
    # Each season repeats the one before, so that nothing can be better than repeating it.
    season = np.tile([1.0, 5.0, 2.0, 8.0], 12)
    forecaster = DrawnForecaster(h=2, look_back=4, units=2, season_length=4)
    forecaster.fit(frame_of(panel_of(season)))
    assert forecaster.skill_["seasonal_naive"] == -np.inf
    loaded = gatecast.load(forecaster.save(tmp_path / "perfect.gatecast"))
    assert loaded.skill_ == forecaster.skill_


def test_a_decoder_forecasts_more_rows_than_it_has_weights(tmp_path: Path):
    decoder = Architecture(kind="encoder_decoder", units=2)
    model = fitted(small_settings(Framing(3, 60), architecture=decoder))
    again = load_model(save_model(model, tmp_path / "m.gatecast").path)
    pd.testing.assert_frame_equal(again.forecast(), model.forecast(), rtol=1e-6)


@pytest.mark.parametrize("ids", [["x", "y"], [7, 30]], ids=["text", "integers"])
def test_ids_keep_their_kind(ids: list[Any], tmp_path: Path):
    data = frame_of(PANELS["integers"])
    data["unique_id"] = data["unique_id"].map(dict(zip("ab", ids, strict=True)))
    forecaster = DrawnForecaster(h=2, look_back=3, units=2, intervals=False)
    expected = forecaster.fit(data).predict()
    loaded = gatecast.load(forecaster.save(tmp_path / "ids.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(), expected, check_exact=True)
    assert loaded.predict()["unique_id"].tolist() == np.repeat(ids, 2).tolist()
    assert loaded.get_params() == forecaster.get_params()
    assert type(loaded) is LSTMForecaster


def test_a_file_holds_numbers_and_settings_only(path: Path):
    arrays = ["weights.safetensors", "state.safetensors"]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["manifest.json", "manifest.sha256", *arrays]
        for name in arrays:
            assert all(array.dtype.kind in "fiu" for array in load(archive.read(name)).values())


def test_equal_models_are_equal_files(path: Path, tmp_path: Path):
    again = save_model(load_model(path), tmp_path / "again.gatecast").path
    assert again.read_bytes() == path.read_bytes()


def test_a_file_that_unpacks_to_much_is_refused(tmp_path: Path):
    bomb = tmp_path / "bomb.gatecast"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(2**25))
    refuse(bomb, r"not a gatecast model, or damaged \(manifest.json would unpack to 33,554,432 b")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("h", 10**9, "h must be at most 100,000"),
        ("h", "3", "manifest.h is of the wrong kind"),
        ("parts", [], "parts or targets is empty"),
        ("unique_id", ["a"], "offsets does not fit unique_id"),
        ("columns", {}, ""),
    ],
)
def test_an_edited_manifest_is_refused(name: str, value: Any, words: str, path: Path):
    with zipfile.ZipFile(path) as archive:
        contents = {each: archive.read(each) for each in archive.namelist()}
    text = json.dumps(json.loads(contents["manifest.json"]) | {name: value}).encode()
    contents |= {"manifest.json": text, "manifest.sha256": sha256(text).hexdigest().encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in contents.items():
            archive.writestr(each, content)
    refuse(path, rf"not a gatecast model, or damaged \(.*{words}")


def test_a_link_and_permissions_are_kept(model: Model, path: Path, tmp_path: Path):
    link = tmp_path / "link.gatecast"
    link.symlink_to(path)
    path.chmod(0o640)
    save_model(model, link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640


def test_of_the_data_only_the_last_rows_are_kept(path: Path):
    panel = PANELS["days"]
    with zipfile.ZipFile(path) as archive:
        state = load(archive.read("state.safetensors"))
        content = b"".join(archive.read(name) for name in archive.namelist())
    # A look-back of 3 and a row for the difference.
    ends = panel.offsets[1:]
    last = np.concatenate([panel.y[end - 4 : end] for end in ends])
    np.testing.assert_array_equal(state["y"], last)
    assert "calibration.scores" in state
    for end in ends:
        assert np.float64(panel.y[end - 4]).tobytes() in content
        for row in range(end - 16, end - 4):
            assert np.float64(panel.y[row]).tobytes() not in content
            assert np.float32(panel.y[row]).tobytes() not in content


def refuse(path: Path, message: str):
    with pytest.raises(InputError, match=f"^{path}: {message}") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)


def test_no_flipped_byte_goes_unnoticed(model: Model, path: Path, tmp_path: Path):
    content, damaged = path.read_bytes(), tmp_path / "damaged.gatecast"
    expected = [np.asarray(leaf) for leaf in jax.tree.leaves(model.members.parts[0].weights)]
    refused = 0
    for place in range(0, len(content), 5):
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            loaded = load_model(damaged)
        except InputError as error:
            assert str(error).startswith(f"{damaged}: ")  # noqa: PT017 (either is right)
            refused += 1
        else:
            # A date in the archive's directory, say: nothing of the model.
            leaves = jax.tree.leaves(loaded.members.parts[0].weights)
            assert all(map(np.array_equal, leaves, expected))
    assert refused > 0.9 * len(content) / 5


def test_a_checksum_guards_what_the_archive_does_not(path: Path, tmp_path: Path):
    other = tmp_path / "exchanged.gatecast"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(other, "w") as exchanged:
        for name in archive.namelist():
            content = archive.read(name)
            exchanged.writestr(name, content[:-1] + b"!" if "weights" in name else content)
    refuse(other, "weights.safetensors does not match its checksum; the file is damaged$")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(share: float, path: Path):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refuse(path, r"not a gatecast model, or damaged \(.*\)$")


def test_other_files_are_refused(tmp_path: Path):
    text, archive = tmp_path / "sales.csv", tmp_path / "sheet.xlsx"
    text.write_text("ds,y\n2000-01-01,3\n")
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("sheet1.xml", "<xml/>")
    for path in (text, archive, tmp_path):
        refuse(path, r"not a gatecast model, or damaged \(.*\)$")
    refuse(tmp_path / "missing.gatecast", "no such file$")


def test_a_newer_format_asks_for_an_upgrade(path: Path, tmp_path: Path):
    newer = tmp_path / "newer.gatecast"
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["format"] = 99
    manifest["versions"]["gatecast"] = "8.1.0"
    with zipfile.ZipFile(newer, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
    refuse(newer, "written by gatecast 8.1.0 in format 99, newer than this gatecast reads .*: upgr")


def test_an_older_format_asks_for_another_fit(tmp_path: Path):
    older = tmp_path / "older.gatecast"
    manifest = {"format": 1, "settings": {}, "versions": {"gatecast": "0.0.9"}, "sha256": {}}
    with zipfile.ZipFile(older, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("weights.safetensors", bytes(2**20), zipfile.ZIP_DEFLATED)
    refuse(
        older, "written in format 1 by gatecast 0.0.9, before 4, the first that .*: fit and save"
    )


def test_a_place_that_cannot_be_written_is_told(model: Model, tmp_path: Path):
    (tmp_path / "file").write_text("kept")
    # Nobody, not even root, writes into /proc; where there is none, the folder is missing.
    places = [tmp_path / "no" / "air.gatecast", tmp_path / "file" / "a.gatecast", Path("/proc/a")]
    for place in places:
        with pytest.raises(InputError, match=f"^{place}: cannot be written: [A-Z]"):
            save_model(model, place)
    assert [left.name for left in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "kept"


def test_an_interrupted_save_leaves_the_old_file(
    model: Model, path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = path.read_bytes()
    write = zipfile.ZipFile.writestr

    def fail(archive: zipfile.ZipFile, name: Any, *content: Any) -> None:
        if name.filename.startswith("state"):
            raise OSError(28, "No space left on device")
        write(archive, name, *content)

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises(InputError, match=r"cannot be written: No space left on device$"):
        save_model(model, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A saved model of days that several may load, change and save."""
    forecaster = DrawnForecaster(h=2, look_back=3, units=2, intervals=False)
    return forecaster.fit(frame_of(PANELS["integers"]).iloc[:20]).save(tmp_path / "s.gatecast")


def row(ds: int) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": "a", "ds": [ds], "y": [50.0]})


def until(path: Path) -> int:
    return int(gatecast.load(path).model_.context.panel.ds[-1])


@pytest.mark.parametrize("stream", [False, True])
def test_of_two_that_change_a_model_the_second_is_refused(shared: Path, *, stream: bool):
    first, second = gatecast.load(shared), gatecast.load(shared)
    first.update(row(20)).save(shared)
    # What it saved itself is no change.
    first.update(row(21)).save(shared)
    second.update(row(20))
    late = second.stream() if stream else second
    with pytest.raises(InputError, match=f"^{shared} was changed by something else since it was"):
        late.save(shared)
    assert until(shared) == 21
    late.save(shared, overwrite=True)
    late.save(shared)
    assert until(shared) == 20
    assert [each.name for each in shared.parent.iterdir()] == [shared.name]


def test_a_model_trained_further_is_refused_too_but_one_fitted_anew_is_not(shared: Path):
    data = frame_of(PANELS["integers"]).iloc[:20]
    late = gatecast.load(shared)
    anew = DrawnForecaster(h=2, look_back=3, units=2, intervals=False).fit(data)
    gatecast.load(shared).update(row(20)).save(shared)
    late.set_params(training=gatecast.Training(epochs=1)).fit(row(20), warm_start=True)
    with pytest.raises(InputError, match="was changed by something else"):
        late.save(shared)
    assert until(late.save(shared.with_name("copy.gatecast"))) == 20
    anew.save(shared)
    assert until(shared) == 19
    late.fit(data).save(shared)


def test_a_file_that_is_gone_is_written_again(shared: Path):
    loaded = gatecast.load(shared)
    shared.unlink()
    loaded.save(shared)
    shared.write_bytes(b"damaged")
    with pytest.raises(InputError, match="was changed by something else"):
        loaded.save(shared)
