"""`gatecast demo`."""

from pathlib import Path

import gatecast
from gatecast.cli._audit import Wanted, audit
from gatecast.cli._options import Json, Out, Quiet, Seeds


def demo(
    *,
    out: Out = Path("demo-report"),
    seeds: Seeds = 10,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run the whole audited experiment on the bundled airline passengers.

    For example:

      gatecast demo

      gatecast demo --out /tmp/demo --json | jq .verdict
    """
    frame = gatecast.datasets.airline_passengers()
    audit(frame, Wanted(out, "passengers (thousands)", None, seeds, as_json=as_json, quiet=quiet))
