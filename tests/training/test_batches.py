import jax
import numpy as np
import pytest

from gatecast.training import Batches, Given, Ordered, Packed, TrainingData

KEY = jax.random.key(5)


def lists(
    batches: Batches,
    epoch: int = 0,
    *,
    train: np.ndarray | None = None,
    order: np.ndarray | None = None,
) -> list[list[list[int]]]:
    data = TrainingData(source=None, train=train, order=order)
    return [np.asarray(part).tolist() for part in batches(data, KEY, epoch)]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (4, [[[0, 1], [2, 3]]]),
        (5, [[[0, 1], [2, 3]], [[4]]]),
        (1, [[[0]]]),
    ],
)
def test_ordered_leaves_the_smaller_batch_for_last(samples: int, expected: list[list[list[int]]]):
    assert lists(Ordered(samples, batch_size=2)) == expected


def test_packed_puts_padding_last():
    train = np.array([-1, 30, 31, -1, 32])
    assert lists(Packed(5, batch_size=2), train=train) == [[[1, 2], [4, -1]], [[-1]]]


@pytest.mark.parametrize("kind", [Ordered, Packed])
def test_shuffling_shows_every_sample_once_in_a_new_order(kind: type[Ordered | Packed]):
    batches = kind(20, batch_size=4, shuffle=True)
    train = np.where(np.arange(20) < 17, np.arange(20), -1 if kind is Packed else 99)
    first, again, second = (
        np.concatenate([np.ravel(part) for part in lists(batches, epoch, train=train)])
        for epoch in (0, 0, 1)
    )
    shown = 17 if kind is Packed else 20
    for order in (first, second):
        assert sorted(order[:shown]) == list(range(shown))
        assert (order[shown:] == -1).all()
    assert (first == again).all()
    assert (first != second).any()


def test_given_is_the_matrix_in_the_data():
    order = np.array([[0, -1], [1, 5]])
    assert lists(Given(), order=order) == [order.tolist()]
