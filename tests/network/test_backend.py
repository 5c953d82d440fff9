import os
import subprocess
import sys


def run(code: str, backend: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter whose environment asks for a Keras backend."""
    env = os.environ | {"KERAS_BACKEND": backend}
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )


def test_keras_on_another_backend_is_refused():
    ended = run("import keras; import gatecast.network", backend="numpy")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "ImportError: Gatecast needs Keras on the JAX backend, but Keras is already loaded with "
        "'numpy': set the environment variable KERAS_BACKEND=jax before importing keras"
    )


def test_keras_imported_later_is_on_jax():
    ended = run("import gatecast.network, keras; print(keras.config.backend())", backend="numpy")
    assert (ended.returncode, ended.stdout) == (0, "jax\n"), ended.stderr
