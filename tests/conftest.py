"""What all tests share: compiled programs, kept between workers and runs."""

import gc
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

# What is loaded stays: to look through it for garbage as often as Python does takes
# about a tenth of the time.
gc.set_threshold(50_000, 20, 100)
