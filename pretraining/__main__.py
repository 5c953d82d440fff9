"""Train the networks that `AutoLSTM` starts from, on synthetic series and on nothing else.

python -m pretraining --minutes 60 [--members 2] [--start FILE] [--out FILE]

Series are drawn as they are needed, on the device that trains, a GPU too; none is seen twice. A
trial round tells the pace, the pace how many rounds fit into the minutes (compiling not counted);
with `--rounds`, as the record names them, the same numbers give the same weights on the same kind
of machine. Every minute the weights are written, and with `--checkpoint FILE` all that is needed to
go on after a kill: the same command does. `pretraining/record.json` tells of the networks that are
shipped: seeds, seconds, losses, device; `--out FILE` writes `FILE.json` beside its weights.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors.numpy import load_file

from gatecast.forecasting import pretrained
from pretraining._families import PRIORS
from pretraining._files import read_state, require_same, write_state
from pretraining._training import OUTPUT, Plan, Round, State, begin, compiled, held_back, network_of

RECORD = Path(__file__).with_name("record.json")
_EVERY_SECONDS = 60.0
# Of the minutes: rounds are not all as quick as the one on trial.
_SURE = 0.97
_POINTS_OF_CURVE = 40


def main() -> None:
    """Train and write."""
    parser = _parser()
    asked = parser.parse_args()
    if not asked.out.parent.is_dir():
        parser.error(f"there is no folder {asked.out.parent}")
    if asked.start and not asked.start.is_file():
        parser.error(f"there is no file {asked.start}")
    plan = Plan(
        asked.prior, asked.seed, asked.members, asked.batch, asked.steps, asked.learning_rate
    )
    print(f"{jax.devices()[0].device_kind}; {plan}", flush=True)
    began = time.perf_counter()
    state, program = begin(plan, _started(asked, plan)), compiled(plan)
    about: dict[str, Any] = {
        "plan": vars(plan),
        "start": asked.start.name if asked.start else None,
        "done": 0,
        "seconds": 0.0,
        "curve": [],
    }
    if asked.checkpoint and asked.checkpoint.exists():
        state, about = read_state(asked.checkpoint, state)
        require_same(plan, about)
    pace = _pace(program, state)
    about.setdefault("rounds", asked.rounds or max(1, int(_SURE * 60 * asked.minutes / pace)))
    about["compile_seconds"] = time.perf_counter() - began
    print(
        f"{about['rounds']} rounds of {pace:.2f} s, after {about['compile_seconds']:.0f} s",
        flush=True,
    )
    state = _trained(program, state, about, asked)
    about["held_back"] = held_back(plan, state.weights)
    print(f"held back: {about['held_back']}", flush=True)
    _write(asked.out, plan, state, about)
    if asked.checkpoint:
        asked.checkpoint.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = Plan()
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument("--minutes", type=float, help="of training")
    until.add_argument("--rounds", type=int, help="instead of minutes")
    parser.add_argument("--prior", default=usual.prior, choices=[*PRIORS])
    parser.add_argument("--seed", type=int, default=usual.seed, help="of the first member")
    parser.add_argument("--members", type=int, default=usual.members)
    parser.add_argument("--batch", type=int, default=usual.batch, help="samples of a step")
    parser.add_argument("--steps", type=int, default=usual.steps, help="of a round")
    parser.add_argument("--learning-rate", type=float, default=usual.rate)
    parser.add_argument(
        "--start", type=Path, metavar="FILE", help="weights to train further, of these members"
    )
    parser.add_argument("--out", type=Path, default=pretrained.PATH, metavar="FILE")
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="where to keep the training meanwhile"
    )
    return parser


def _started(asked: argparse.Namespace, plan: Plan) -> pretrained.Weights | None:
    """The weights to begin with, of the members that are trained; None to draw them."""
    if asked.start is None:
        return None
    stored = load_file(asked.start)
    return {path: value[[*plan.seeds]].astype(np.float32) for path, value in stored.items()}


def _pace(program: Round, state: State) -> float:
    """Seconds of a round; the first compiles, and what both come to is thrown away."""
    jax.block_until_ready(program(state, 0, 1))
    began = time.perf_counter()
    jax.block_until_ready(program(state, 0, 1))
    return time.perf_counter() - began


def _trained(
    program: Round, state: State, about: dict[str, Any], asked: argparse.Namespace
) -> State:
    """The state after the last round; `about` is kept up to date."""
    rounds, before = about["rounds"], about["seconds"]
    plan = Plan(**about["plan"])
    began = written = time.perf_counter()
    while about["done"] < rounds:
        state, loss = jax.block_until_ready(program(state, about["done"], rounds))
        now = time.perf_counter()
        about["done"] += 1
        about["seconds"] = before + now - began
        about["curve"].append(float(loss.mean()))
        if not math.isfinite(about["curve"][-1]):
            raise SystemExit(f"the loss of round {about['done']} is {about['curve'][-1]}: stopped")
        if now - written < _EVERY_SECONDS and about["done"] < rounds:
            continue
        written = now
        print(f"{about['done']} of {rounds}: loss {about['curve'][-1]:.4f}", flush=True)
        _write(asked.out, plan, state, about)
        if asked.checkpoint:
            write_state(asked.checkpoint, state, about)
    return state


def _write(path: Path, plan: Plan, state: State, about: dict[str, Any]) -> None:
    """Weights in half precision, and the record as JSON."""
    paths = [variable.path for variable in network_of(plan).model.trainable_variables]
    pretrained.write(dict(zip(paths, map(np.asarray, state.weights), strict=True)), path)
    every = max(1, len(about["curve"]) // _POINTS_OF_CURVE)
    record = about | {
        "series_of_each_member": about["done"] * plan.series,
        "curve": [round(loss, 5) for loss in about["curve"][::every]],
        "loss": about["curve"][-1],
        "probabilities": OUTPUT.probabilities,
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
    }
    beside = RECORD if path == pretrained.PATH else path.with_suffix(".json")
    beside.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
