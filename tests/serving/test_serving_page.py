"""The commands of docs/serving.md, run in order as they stand."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.slow
def test_the_page_runs(tmp_path: Path):
    months = pd.date_range("2015-01-01", periods=108, freq="MS")
    season = 10 * np.sin(np.arange(108) * np.pi / 6)
    shops = [
        pd.DataFrame({"unique_id": name, "ds": months, "y": level + season})
        for name, level in {"north": 400, "south": 120}.items()
    ]
    pd.concat(shops).to_csv(tmp_path / "sales.csv", index=False)
    blocks = re.findall(r"^```sh run\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) > 6
    script = "set -e\n" + "\necho\n".join(blocks)
    # Any answer that is no success ends the script.
    script = script.replace("curl -s ", "curl -s --fail-with-body ")
    script = script.replace("8000", str(_free_port()))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    running = subprocess.Popen(
        ["/bin/bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        # The service outlives the script, and holds its output open.
        running.wait(timeout=300)
    finally:
        os.killpg(running.pid, signal.SIGTERM)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 0, output + errors
    assert '"accepted":2' in output
    assert '"candidate":{' in output
