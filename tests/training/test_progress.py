import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import numpy as np
import pytest
from keras_models import X, Y, dense

from gatecast._backend import keras
from gatecast._progress import Meter, Progress, follow
from gatecast.training import Watch, fit
from gatecast.training._stop import ctrl_c


class Interrupts:
    """A Ctrl-C handler that counts."""

    count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.count += 1


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    handler = Interrupts()
    before = signal.signal(signal.SIGINT, handler)
    yield handler
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_a_fit_and_keeps_the_best_weights(interrupts: Interrupts):
    well_under_way = threading.Event()

    def told(progress: Progress) -> None:
        if progress.done > 300:
            well_under_way.set()

    def press() -> None:
        well_under_way.wait()
        os.kill(os.getpid(), signal.SIGINT)

    epochs, x, y = 1_000_000, X[:8], Y[:8] + 2
    model = dense(optimizer=keras.optimizers.Adam(0.05))
    threading.Thread(target=press, daemon=True).start()
    watch = Watch(validation_split=0.25, chunk_seconds=0.05)
    with follow(told):
        history = fit(model, x, y, epochs=epochs, batch_size=6, watch=watch)

    losses = history.history["val_loss"]
    assert len(losses) < epochs
    assert min(losses) < losses[-1]
    assert np.mean((model(x[6:]) - y[6:]) ** 2) == pytest.approx(min(losses), rel=1e-5)
    assert signal.getsignal(signal.SIGINT) is interrupts
    assert interrupts.count == 0


def test_a_second_ctrl_c_goes_to_the_old_handler(interrupts: Interrupts):
    with ctrl_c() as stop:
        assert not stop.pressed
        signal.raise_signal(signal.SIGINT)
        assert stop.pressed
        assert interrupts.count == 0
        signal.raise_signal(signal.SIGINT)
        assert interrupts.count == 1
    assert signal.getsignal(signal.SIGINT) is interrupts


def test_other_threads_leave_ctrl_c_alone(interrupts: Interrupts):
    seen: list[object] = []

    def train() -> None:
        with ctrl_c() as stop:
            seen.extend([signal.getsignal(signal.SIGINT), stop.pressed])

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [interrupts, False]


@pytest.mark.parametrize(("verbose", "shown"), [(True, True), (False, False), (None, False)])
def test_progress_is_shown_on_standard_error(
    capsys: pytest.CaptureFixture[str], *, verbose: bool | None, shown: bool
):
    with Meter("training", "epoch", 7, verbose=verbose) as meter:
        meter.show(3, "loss 0.25")
        meter.show(7, "loss 0.125")
    out, err = capsys.readouterr()
    assert out == ""
    assert ("epoch 7/7 loss 0.125" in err) == shown
    assert bool(err) == shown


def test_who_follows_a_fit_hears_of_each_epoch():
    heard: list[Progress] = []
    model = dense(optimizer=keras.optimizers.Adam(0.05))
    with follow(heard.append):
        history = fit(model, X, Y, epochs=3, watch=Watch(chunk_seconds=0))
    assert [(told.what, told.done, told.total) for told in heard] == [
        ("training", epoch, 3) for epoch in (1, 2, 3)
    ]
    assert [told.loss for told in heard] == pytest.approx(history.history["loss"])
    assert heard[0].seconds_left > 0
    assert heard[-1].seconds_left == 0
    fit(model, X, Y, epochs=1)
    assert len(heard) == 3


def test_who_follows_may_end_the_work():
    def stop(_: Progress) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError), follow(stop):
        fit(dense(), X, Y, epochs=9)
