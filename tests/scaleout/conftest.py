"""A small Ray cluster of this machine, for all tests of a process."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gatecast import InputError
from gatecast.scaleout.executors import Executor, executor_of


@pytest.fixture(scope="session")
def cluster() -> Iterator[Executor]:
    """Two workers; whoever asks for an executor meanwhile gets one on the same Ray."""
    # Workers load the work of a test from its module.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    with ExitStack() as stack:
        try:
            executor = stack.enter_context(executor_of("local", workers=2))
        except InputError:
            # On a busy machine Ray's processes may need longer to come up than it waits for them.
            executor = stack.enter_context(executor_of("local", workers=2))
        yield executor
