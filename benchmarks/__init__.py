"""One claim per file: `python -m benchmarks.NAME` prints `name: value` lines."""
