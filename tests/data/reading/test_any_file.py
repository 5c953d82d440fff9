"""Damaged files: read, or refused in one line; never another exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatecast._types import InputError
from gatecast.data import read

pytestmark = pytest.mark.filterwarnings("ignore::gatecast.InputWarning")

CSVS = (
    b"ds,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n",
    b"year;month;v\n2010;1;1,5\n2010;2;2,5\n2010;3;7\n",
    b"shop,2020,2021,2022\na,1,2,3\nb,4,5,6\n",
    b'# a comment\nds,v\n2000Q1,"1,234.5"\n2000Q2,7\n',
    b"id\tdate\tv\n1\t20200101\t5 %\n1\t20200102\t6 %\n",
)
TSF = (
    b"# x\n@attribute series_name string\n@attribute start_timestamp date\n@frequency monthly\n"
    b"@data\nT1:2024-01-31 00-00-00:1,?,3.5\nT2:2023-10-31 12-00-00:4,5\n"
)
PIECES = [b",", b";", b'"', b"\n", b"\r", b"#", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"NA", b"-"]
PIECES += [b"1e999", b"inf", b"2024", b".", b"%", b"\xe2\x82\xac", b":", b"@data", b"?"]
EDITS = st.lists(
    st.tuples(st.integers(0, 150), st.integers(0, 9), st.sampled_from([b"", *PIECES])), max_size=5
)


def edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """The content with pieces cut out and others put in their place."""
    for place, length, piece in edits:
        content = content[:place] + piece + content[place + length :]
    return content


def is_read_or_refused(path: Path, content: bytes, *, wide: bool = False):
    path.write_bytes(content)
    try:
        found = read(path, wide=wide)
    except InputError as error:
        words = str(error)
    else:
        assert len(found)
        return
    assert "\n" not in words.removeprefix(str(path))


@settings(max_examples=60, deadline=None)
@given(content=st.sampled_from(CSVS), edits=EDITS, wide=st.booleans())
@example(content=b'"', edits=[], wide=False)
@example(content=b"##\n#", edits=[], wide=False)
@example(content=b'ds,y\n"\r', edits=[], wide=False)
def test_text(tmp_path_factory: pytest.TempPathFactory, content: bytes, edits: list, wide: bool):  # noqa: FBT001
    is_read_or_refused(tmp_path_factory.mktemp("x") / "x.csv", edited(content, edits), wide=wide)


@settings(max_examples=40, deadline=None)
@given(edits=EDITS)
def test_tsf(tmp_path_factory: pytest.TempPathFactory, edits: list):
    is_read_or_refused(tmp_path_factory.mktemp("x") / "x.tsf", edited(TSF, edits))
