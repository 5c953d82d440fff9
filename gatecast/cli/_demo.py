"""`gatecast demo`."""

from pathlib import Path

import gatecast
from gatecast.cli.options import Out, Seeds, Talk
from gatecast.cli.shared import Asked, audit


def demo(
    *,
    out: Out = Path("demo-report"),
    seeds: Seeds = 10,
    talk: Talk,
) -> None:
    """Run the whole audited experiment on the bundled airline passengers.

    For example:

      gatecast demo

      gatecast demo --out /tmp/demo --json | jq .verdict
    """
    frame = gatecast.datasets.airline_passengers()
    audit(frame, Asked(seeds=seeds), talk, out=out, label="passengers (thousands)")
