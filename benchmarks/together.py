"""From which size on data-parallel training pays: two processes of one core against one.

The same network is trained with the same global batch by one process on one core, and by two
processes on a core each, of which each takes half of the batch; gradients are added up by gloo over
the loopback of this machine. So messages cost next to nothing in transit: between machines add the
time that `message_kib` takes, twice, over their network. Shapes are as in `train_step`. The fastest
of several rounds counts: two processes that wait for each other suffer twice from any third.

Results per shape: `one_ms` and `two_ms` of a step, `speedup` (2 would be perfect), and
`message_kib`, what each process says in a step. `overhead_ms` is what a step of two costs beyond
half of a step of one, the median over shapes; `pays_from_ms` is the step of one process from which
two are faster, twice that, and `pays_well_from_ms` that from which they are 1.7 times as fast.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
from statistics import median

import jax

from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks.train_step import OUTPUTS, Shape, ours_ms
from gatecast.training import DataParallel, connected, train_network

SHAPES = (
    Shape(32, 12, 1, 16, 1),
    Shape(64, 24, 1, 32, 1),
    Shape(256, 36, 1, 64, 1),
    Shape(256, 36, 1, 128, 1),
    Shape(512, 48, 4, 256, 1),
)
FLOPS, ROUNDS = 4e9, 7
_WELL = 1.7


def main() -> None:
    """Measure; `--worker` is a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("--quick", action="store_true", help="two shapes, short rounds")
    parser.add_argument("--worker", nargs=9, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        _work(*asked.worker)
        return
    if len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004 (processes)
        raise SystemExit("two cores are needed")
    results: dict[str, float] = {}
    shapes = SHAPES[1::2][:2] if asked.quick else SHAPES
    rounds, flops = (2, FLOPS / 4) if asked.quick else (ROUNDS, FLOPS)
    overheads = []
    for shape in shapes:
        (one,), two = (_measured(shape, flops, rounds, size) for size in (1, 2))
        overheads.append(max(two) - one / 2)
        results |= {
            f"one_ms_{shape}": one,
            f"two_ms_{shape}": max(two),
            f"speedup_{shape}": one / max(two),
            f"message_kib_{shape}": 4 * _weights(shape) / 1024,
        }
        print(f"{shape}: one {one:.4g} ms, two {max(two):.4g} ms", flush=True)
    overhead = median(overheads)
    results["overhead_ms"] = overhead
    # Two are s times as fast where one / (one / 2 + overhead) = s.
    results["pays_from_ms"] = 2 * overhead
    results["pays_well_from_ms"] = overhead * _WELL / (1 - _WELL / 2)
    print_results(results, record=asked.record)


def _weights(shape: Shape) -> int:
    inputs = (shape.features, *[shape.units] * (shape.layers - 1))
    cells = sum(4 * shape.units * (each + shape.units + 1) for each in inputs)
    return cells + (shape.units + 1) * OUTPUTS


def _measured(shape: Shape, flops: float, rounds: int, size: int) -> list[float]:
    """Milliseconds of a step in each of some processes that train together."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    cores = sorted(os.sched_getaffinity(0))
    numbers = [*vars(shape).values(), shape.steps(flops), rounds]
    running = [
        subprocess.Popen(
            [
                *("taskset", "-c", str(cores[rank]), sys.executable, "-m", "benchmarks.together"),
                *("--worker", *map(str, numbers), f"{rank}/{size}", address),
            ],
            env=os.environ | {"NPROC": "1", "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    found = []
    for process in running:
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"process {len(found)} of {size} failed")
        found.append(json.loads(said.splitlines()[-1])["ms"])
    return found


def _work(*given: str) -> None:
    *numbers, place, address = given
    *sizes, steps, rounds = map(int, numbers)
    rank, size = map(int, place.split("/"))
    trainer: DataParallel | None = None
    if size > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(address, size, rank)
        trainer = DataParallel.on_devices(connected())
    ms = ours_ms(Shape(*sizes), steps, rounds, trainer or train_network, size, min)
    print(json.dumps({"ms": ms}))


if __name__ == "__main__":
    main()
