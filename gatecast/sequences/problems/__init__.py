"""What is asked: a class or a number; the output of the networks, baselines, and who is better."""

from gatecast.sequences.problems._categorical import Categorical
from gatecast.sequences.problems._judge import Judged, judge
from gatecast.sequences.problems._problems import Classes, Numbers, Problem

__all__ = [
    "Categorical",
    "Classes",
    "Judged",
    "Numbers",
    "Problem",
    "judge",
]
