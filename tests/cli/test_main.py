"""The entry point: exit codes, and errors and notes of one line each."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.table import Table
from rich.text import Text
from shells import Shell

import gatecast
from gatecast import InputError, LSTMForecaster
from gatecast.cli.shared import Screen


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rum", "sales.csv"], "No such command 'rum'. Did you mean 'run'?"),
        (["run", "sales.csv", "--horizn", "3"], "No such option: --horizn"),
        (["run", "sales.csv", "--seeds", "0"], "'--seeds'"),
        (["run", "sales.csv", "--seeds", "many"], "'--seeds'"),
        (["run", "sales.csv", "--horizon", "0"], "'--horizon'"),
        (["forecast", "model.gatecast", "--h", "0"], "'--h'"),
        (["run"], "Missing argument 'DATA'"),
    ],
)
def test_wrong_usage(here: Shell, folder: Path, arguments: list[str], words: str):
    code, out, err = here(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err
    assert not list(folder.iterdir())


COMMANDS = ("demo", "run", "fit", "forecast", "update", "backtest", "inspect", "export")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help(here: Shell, arguments: list[str]):
    code, out, err = here(*arguments)
    assert (code, err) == (0, "")
    assert "Usage:" in out
    assert all(f"\n  {command} " in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(here: Shell, command: str):
    code, out, err = here(command, "--help")
    assert (code, err) == (0, "")
    assert f"\n    gatecast {command}" in out.split("For example:")[1]
    assert {"--json", "--quiet"} <= set(out.split())


def test_help_waits_for_nothing_heavy():
    probe = (
        "import sys, gatecast.cli;"
        "sys.exit(' '.join({'keras', 'jax', 'pandas', 'duckdb', 'altair'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_version(here: Shell):
    assert here("--version") == (0, f"{gatecast.__version__}\n", "")


def test_errors_name_options_instead_of_keywords(here: Shell, folder: Path):
    (folder / "answers.csv").write_text("day,answer\n2024-01-01,yes\n2024-01-02,no\n")
    err = here("run", "answers.csv").err
    assert "--target" in err
    assert "target_col" not in err


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("name one with time_col", "name one with --time"),
        ("futr_df is needed, static_df is not", "--future is needed, --static is not"),
        ("keep the times with freq='irregular'", "keep the times with --freq irregular"),
    ],
)
def test_words_of_the_shell(here: Shell, monkeypatch: pytest.MonkeyPatch, python: str, shell: str):
    monkeypatch.setattr(gatecast, "read", lambda *_, **__: _raise(InputError(python)))
    assert here("run", "sales.csv").err == f"error: {shell}\n"


OUR_FAULT = "this is a fault of gatecast, please report it"
DEBUG = "GATECAST_DEBUG=1 shows where"


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("row 3\n  is odd"), 2, "row 3 is odd"),
        (KeyboardInterrupt(), 130, "stopped"),
        (OverflowError("too\n big"), 1, f"{OUR_FAULT}: OverflowError: too big ({DEBUG})"),
    ],
)
def test_exit_codes(
    here: Shell, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
):
    monkeypatch.delenv("GATECAST_DEBUG", raising=False)
    monkeypatch.setattr(gatecast, "read", lambda *_, **__: _raise(error))
    assert here("run", "sales.csv") == (code, "", f"error: {line}\n")


def test_a_fault_of_ours_shows_where_on_request(here: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATECAST_DEBUG", "1")
    monkeypatch.setattr(gatecast, "read", lambda *_, **__: _raise(KeyError("secret")))
    code, out, err = here("run", "sales.csv")
    assert (code, out) == (1, "")
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith(f"error: {OUR_FAULT}: KeyError")


def test_errors_of_a_real_process(shell: Shell, tmp_path: Path):
    (tmp_path / "sales.csv").write_text("day,sales\n2024-01-01,1\n2024-01-02,two\n2024-01-03,3\n")
    code, out, err = shell("run", "sales.csv", cwd=tmp_path)
    assert (code, out) == (2, "")
    taken, error = err.splitlines()
    assert taken.startswith("columns: time 'day', target 'sales'")
    assert error.startswith("error: sales.csv, line 3, column 'sales': 'two' is not a number")
    assert [file.name for file in tmp_path.iterdir()] == ["sales.csv"]


def test_output_that_cannot_be_written_is_no_fault_of_ours(tmp_path: Path, fitted: LSTMForecaster):
    model = fitted.save(tmp_path / "model.gatecast")
    for arguments in (["fit", "--help"], ["forecast", model, "--json"]):
        with Path("/dev/full").open("w") as full:
            done = start(*arguments, stdout=full)
        assert done.returncode == 2
        assert done.stderr == "error: standard output cannot be written: No space left on device\n"


def test_nobody_reads_the_output(tmp_path: Path, fitted: LSTMForecaster):
    model = fitted.save(tmp_path / "model.gatecast")
    for arguments in (["--version"], ["forecast", model, "--h", 9]):
        reader, writer = os.pipe()
        os.close(reader)
        done = start(*arguments, stdout=writer)
        os.close(writer)
        assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def start(*arguments: object, stdout: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "gatecast", *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


HOSTILE = "no\x1b[31mrth\a\u202e\x9b2J"
SHOWN = r"no\x1b[31mrth\x07\u202e\x9b2J"


def test_control_characters_are_spelled_out(here: Shell, folder: Path):
    hours = pd.date_range("2024-03-01", periods=20, freq="h")
    frame = pd.DataFrame({"unique_id": HOSTILE, "ds": hours, "y": np.arange(20.0) % 3})
    short = gatecast.Training(epochs=1, batch_size=32)
    forecaster = LSTMForecaster(h=2, look_back=4, units=2, intervals=False, training=short)
    name = f"{HOSTILE}.gatecast"
    forecaster.fit(frame).save(folder / name)
    for arguments in (["forecast", name], ["inspect", name], ["update", name, "no\x1b.csv"]):
        _, out, err = here(*arguments)
        shown = out + err
        assert "\\x1b" in shown
        assert not set("\x1b\a\u202e\x9b") & set(shown)
        assert SHOWN in shown or arguments[0] == "update"


def test_a_screen_keeps_its_own_colours(capsys: pytest.CaptureFixture[str]):
    screen = Screen(force_terminal=True, color_system="standard")
    table = Table()
    table.add_column(Text("name"))
    table.add_row(Text(HOSTILE), style="bold")
    screen.print(table)
    out = capsys.readouterr().out
    assert r"no\x1b[31m" in out
    assert "\x1b[1m" in out
    assert "\x1b[31m" not in out
