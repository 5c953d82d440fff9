"""The progress of a run, from that of its fits and tests."""

import pytest

from gatecast import Progress as Heard
from gatecast.studio.work import Progress
from gatecast.studio.work._listen import Listener


def test_trainings_are_counted_and_those_to_come_take_time():
    told: list[Progress] = []
    listener = Listener(told.append, trainings=2)
    listener.stage("training")
    listener.heard(Heard("training", 1, 10, 0.5, 9.0))
    listener.heard(Heard("training", 10, 10, 0.25, 0.0))
    listener.heard(Heard("training", 1, 10, float("nan"), 9.0))
    assert [(each.training, each.epoch, each.loss) for each in told] == [
        (0, 0, None),
        (1, 1, 0.5),
        (1, 10, 0.25),
        (2, 1, None),
    ]
    # The second training takes as long as the first, whose time is 9 s.
    assert told[1].seconds_left == pytest.approx(18, abs=0.5)
    assert told[3].seconds_left == pytest.approx(9, abs=0.5)


def test_only_what_belongs_to_a_stage_is_told():
    told: list[Progress] = []
    listener = Listener(told.append)
    listener.stage("testing")
    listener.heard(Heard("training", 1, 10, 0.5, 9.0))
    listener.heard(Heard("backtest", 3, 8))
    assert told[1:] == [Progress("testing", 3, 8)]
