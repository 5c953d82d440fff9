"""`gatecast studio`, and what is said in the shell about values that have several meanings."""

import json
from pathlib import Path

import pytest
from shells import Shell


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0", "--no-auth"), "--no-auth would let anybody in on 0.0.0.0"),  # noqa: S104
        (("--host", "0.0.0.0"), "there is no key yet"),  # noqa: S104
        (("missing.csv",), "missing.csv: there is no such file"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(
    here: Shell, folder: Path, arguments: tuple[str, ...], words: str
):
    assert folder.is_dir()
    ended = here("studio", *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert ended.out == ""


@pytest.mark.filterwarnings("ignore::gatecast.InputWarning")
def test_what_is_meant_is_said_with_options(here: Shell, folder: Path):
    months = ["Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]
    rows = [f"{month};{place},250" for place, month in enumerate(months * 5)]
    (folder / "sales.csv").write_text("month;sales\n" + "\n".join(rows))
    refused = here("fit", "sales.csv", "-o", "a.gatecast", "--decimal", ",")
    assert refused.code == 2
    assert "--first-year 2020" in refused.err
    said = ("--decimal", ",", "--first-year", "2015", "--quality", "zero_shot", "--horizon", "2")
    assert here("fit", "sales.csv", "-o", "a.gatecast", *said).code == 0
    ended = here("forecast", "a.gatecast", "--json")
    assert ended.code == 0
    assert "2020-11-01" in json.dumps(json.loads(ended.out))
