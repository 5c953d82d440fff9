"""Hostile headers: refused soon, and without being unpacked."""

from __future__ import annotations

import gzip
import resource
from pathlib import Path

import pytest

from gatecast._types import InputError
from gatecast.data import read


@pytest.mark.parametrize(
    ("name", "unit", "times", "problem"),
    [
        ("x.csv", ",c", 10_000, "10,001 columns, but at most"),
        ("x.csv", ",c", 50_000, "50,001 columns, but at most"),
        ("x.csv", "ds,y", 1_000_000, "does not end within 1,048,576 characters"),
        ("x.csv.gz", "ds,y", 60_000_000, "does not end within 1,048,576 characters"),
        ("x.csv.gz", "\n", 100_000_000, "does not end within"),
        ("x.csv.gz", "# ", 60_000_000, "does not end within"),
        ("x.csv.gz", "\n", 1000, "is empty"),
    ],
)
def test_a_hostile_header(tmp_path: Path, name: str, unit: str, times: int, problem: str):
    path = tmp_path / name
    content = unit.encode() * times
    path.write_bytes(gzip.compress(content, 1) if name.endswith(".gz") else content + b"\n1\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=problem):
        read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


def test_a_query_with_too_many_columns():
    columns = ", ".join(f"1 AS c{number}" for number in range(2_001))
    with pytest.raises(InputError, match="2,001 columns"):
        read(sql=f"SELECT {columns}")
