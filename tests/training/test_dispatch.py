"""Where JAX runs programs for the CPU."""

from collections.abc import Iterator

import jax
import pytest

import gatecast


@pytest.fixture
def by_default() -> Iterator[None]:
    known = jax.config.read("jax_cpu_enable_async_dispatch")
    # A command of the shell may have run in this process.
    jax.config.update("jax_cpu_enable_async_dispatch", True)  # noqa: FBT003 (its value)
    yield
    jax.config.update("jax_cpu_enable_async_dispatch", known)


@pytest.mark.usefixtures("by_default")
def test_jax_is_told_to_answer_on_the_calling_thread() -> None:
    gatecast.use_synchronous_dispatch()
    assert not jax.config.read("jax_cpu_enable_async_dispatch")
