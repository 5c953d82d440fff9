"""What all tests share: compiled programs, kept between workers and runs."""

import os
from pathlib import Path

# Set before JAX is loaded, and inherited by the processes that tests start. Compiling takes most of
# the time of a test, and how fast the compiled program is does not matter to it.
_CACHE = Path(__file__).parents[1] / ".pytest_cache" / "programs"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
)
