"""Frames and arrays as sequences with labels."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sequence_cases import NAN, read, some_arrays
from sklearn.preprocessing import StandardScaler

from gatecast._types import InputError, InputWarning
from gatecast.sequences._split import held_back
from gatecast.sequences.networks._samples import rows_of
from gatecast.sequences.networks._scaling import fit_scaler
from gatecast.sequences.reading._labels import labels_of, name_of, numbers_of
from gatecast.sequences.reading._sequences import from_arrays, from_frame

FRAME = pd.DataFrame(
    {
        "unique_id": ["b", "b", "a", "a", "a"],
        "ds": [1, 2, 1, 2, 3],
        "heat": [1.0, 2.0, 3.0, NAN, 5.0],
        "wet": [True, False, True, True, False],
        "kind": ["x", "x", "y", "y", "y"],
    }
)
COLUMNS = ["heat", "wet"]
IDS = {"a": "y", "b": "x"}


def from_ours(frame: object = FRAME):
    return from_frame(frame, "unique_id", "ds", COLUMNS)


def test_a_frame_is_sorted_by_id():
    found = from_ours()
    assert found.ids.tolist() == ["a", "b"]
    np.testing.assert_array_equal(found.offsets, [0, 3, 5])
    np.testing.assert_array_equal(found.values[:, 0], [3, NAN, 5, 1, 2])
    np.testing.assert_array_equal(found.values[:, 1], [1, 1, 0, 1, 0])


def test_rows_are_put_in_the_order_of_their_times():
    with pytest.warns(InputWarning, match="not in order of time"):
        found = from_ours(FRAME.iloc[::-1])
    np.testing.assert_array_equal(found.values, from_ours().values)


def test_arrays_are_the_same_sequences():
    arrays = [[[3, 1], [NAN, 1], [5, 0]], np.array([[1, 1], [2, 0]])]
    found = from_arrays(arrays)
    np.testing.assert_array_equal(found.values, from_ours().values)
    assert found.columns == ("x0", "x1")
    assert from_arrays([[1, 2], [3]]).values.shape == (3, 1)
    assert len(from_arrays(np.zeros((4, 3, 2)))) == 4


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.assign(heat=["1", "warm", "3", "4", "5"]), "row 1, .*'heat': 'warm' is not a num"),
        (FRAME.assign(heat=[1, np.inf, 3, 4, 5]), "row 1.*'heat': inf is not finite"),
        (FRAME.assign(heat=[1, 1e200, 3, 4, 5]), r"'b', row 1, column 'heat': 1e\+200 is not"),
        (FRAME.assign(ds=1), "series 'b' has 1 twice"),
        (FRAME.drop(columns="heat"), "no column 'heat'"),
        (FRAME.assign(heat=[NAN, NAN, 3, 4, 5], wet=[None, None, 1, 1, 1]), "'b' has no value"),
    ],
)
def test_a_frame_that_cannot_be_used(frame: pd.DataFrame, message: str):
    with pytest.raises(InputError, match=message):
        from_ours(frame)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], "there is no sequence"),
        ([np.zeros((3, 2)), np.zeros((3, 1))], "sequence 1 has 1 columns, expected 2"),
        ([np.zeros((3, 2)), np.zeros((0, 2))], "sequence 1 has the shape"),
        ([np.zeros((3, 2, 2))], r"sequence 0 has the shape \(3, 2, 2\)"),
        ([[["a"]]], "sequence 0 holds more than numbers"),
        ([[1.0], [NAN]], "sequence '1' has no value"),
        ([[1.0, np.inf]], "sequence '0', row 1, column 'x0': inf"),
    ],
)
def test_arrays_that_cannot_be_used(arrays: list[object], message: str):
    with pytest.raises(InputError, match=message):
        from_arrays(arrays)


# Labels.

SERIES = pd.Series(IDS, name="kind")


@pytest.mark.parametrize(
    "labels",
    [
        "kind",
        SERIES,
        SERIES.iloc[::-1],
        pd.concat([SERIES, pd.Series({"z": "w"}, name="kind")]),
        IDS,
        FRAME[["unique_id", "kind"]].drop_duplicates(),
        pl.DataFrame({"kind": ["x", "y"], "unique_id": ["b", "a"]}),
    ],
)
def test_labels_are_found_by_id(labels: object):
    found = labels_of(labels, from_ours(), FRAME, "unique_id")
    assert found.tolist() == ["y", "x"]
    assert name_of(labels, "unique_id") == ("label" if labels is IDS else "kind")


def test_ids_may_be_categories():
    frame = FRAME.astype({"unique_id": "category"})
    assert labels_of("kind", from_ours(frame), frame, "unique_id").tolist() == ["y", "x"]


def test_labels_of_arrays_are_in_order():
    arrays = some_arrays(3)
    for labels in ([2, 0, 1], pd.Series([2, 0, 1], index=[7, 8, 9]), np.array([2, 0, 1])):
        assert labels_of(labels, read(arrays), arrays, "unique_id").tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("kinds", "no column 'kinds'"),
        ("ds", "'ds' changes within sequence 'a', 'b'|'ds' changes within sequence 'b', 'a'"),
        ({"a": 1}, "no label for sequence 'b'"),
        ({"a": 1, "b": None}, "no label for sequence 'b'"),
        (["x", "y"], "labels of a frame need ids"),
        (pd.Series([1, 2, 3], index=["a", "b", "a"]), "sequence 'a' twice"),
        (FRAME, "needs the columns 'unique_id' and one of labels"),
        (FRAME[["ds", "kind"]], "needs the columns 'unique_id' and one of labels"),
        ({"a": 1, "b": "x"}, "of one kind, got int, str"),
        ({"a": pd.Timestamp(0), "b": pd.Timestamp(1)}, "labels must be numbers, text or truth"),
    ],
)
def test_labels_that_cannot_be_used(labels: object, message: str):
    with pytest.raises(InputError, match=message):
        labels_of(labels, from_ours(), FRAME, "unique_id")


def test_labels_of_arrays_have_to_be_as_many():
    arrays = some_arrays(3)
    with pytest.raises(InputError, match="expected 3 labels"):
        labels_of([1, 2], read(arrays), arrays, "unique_id")


@pytest.mark.parametrize("label", ["many", np.inf])
def test_labels_that_are_no_numbers(label: object):
    with pytest.raises(InputError, match=f"labels must be finite numbers, got {label!r}"):
        numbers_of(np.array([1, label], object))


# Scaling.


def test_columns_are_scaled_as_scikit_learn_does():
    sequences = read(some_arrays(6))
    scaler = fit_scaler(sequences)
    expected = StandardScaler().fit(sequences.values)
    np.testing.assert_allclose(scaler.center, expected.mean_)
    np.testing.assert_allclose(
        scaler.features_of(sequences), expected.transform(sequences.values), atol=1e-6
    )


def test_missing_values_are_the_mean_and_told():
    sequences = read([[[1, 5], [NAN, 5]], [[3, 5], [NAN, NAN]]])
    scaler = fit_scaler(sequences)
    np.testing.assert_array_equal(scaler.flagged, [True, False])
    np.testing.assert_allclose(
        scaler.features_of(sequences), [[-1, 0, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1]]
    )


def test_a_column_without_values_in_training_is_named():
    with pytest.raises(InputError, match="column 'x1' has no value in any training sequence"):
        fit_scaler(read([[[1, NAN]], [[3, NAN]]]))


def test_a_sequence_can_be_too_long():
    sequences = read([np.zeros(100_001)])
    with pytest.raises(InputError, match=r"sequence '0' has 100,001 rows, .* set max_length"):
        rows_of(sequences, fit_scaler(sequences), None)
    assert rows_of(sequences, fit_scaler(sequences), 10).first == [99_991]


# Holding back.


def test_each_class_has_its_share_held_back():
    y = np.repeat([0, 1, 2], [50, 25, 1])
    held = held_back(y, 0.2, 3, classes=True)
    counts = np.bincount(y[held], minlength=3)
    assert abs(counts[0] - 10) <= 1
    assert abs(counts[1] - 5) <= 1
    assert counts[2] == 0
    np.testing.assert_array_equal(held, held_back(y, 0.2, 3, classes=True))
    assert (held != held_back(y, 0.2, 4, classes=True)).any()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_each_part_of_the_range_of_numbers_has_its_share(share: float):
    y = np.random.default_rng(0).permutation(100) / 7
    held = held_back(y, share, 0, classes=False)
    assert abs(held.sum() - 100 * share) <= 1
    assert abs(held[y < np.median(y)].sum() - 50 * share) <= 2
    assert not held_back(y[:1], share, 0, classes=False).any()
