"""Where JAX runs programs for the CPU."""

from collections.abc import Iterator

import jax
import pytest

import gatecast as gc


@pytest.fixture
def as_before() -> Iterator[None]:
    known = jax.config.read("jax_cpu_enable_async_dispatch")
    yield
    jax.config.update("jax_cpu_enable_async_dispatch", known)


@pytest.mark.usefixtures("as_before")
def test_the_calling_thread_is_asked_for_by_name_only() -> None:
    assert jax.config.read("jax_cpu_enable_async_dispatch")
    gc.use_synchronous_dispatch()
    assert not jax.config.read("jax_cpu_enable_async_dispatch")
