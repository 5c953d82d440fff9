"""A small Ray cluster of this machine, for all tests of a process."""

import os
import sys
from collections.abc import Iterator

import pytest

from gatecast.scaleout.executors import Executor, executor_of


@pytest.fixture(scope="session")
def cluster() -> Iterator[Executor]:
    """Two workers; whoever asks for an executor meanwhile gets one on the same Ray."""
    # Workers load the work of a test from its module.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    with executor_of("local", workers=2) as executor:
        yield executor
