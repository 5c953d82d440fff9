"""One optimizer step of `nn.LSTM` and a linear layer: milliseconds, medians over rounds.

On a GPU, where torch sees one, `nn.LSTM` is cuDNN's; else it runs on all cores.

Arguments: batch, time steps, features, units, layers, outputs, steps per round, rounds. With
`--peak`: the best GFLOP/s of square float32 products.
"""

from __future__ import annotations

import json
import os
import sys
import time
from statistics import median

import torch
from torch import nn

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def main() -> None:
    """Print one JSON object."""
    torch.set_num_threads(os.cpu_count() or 1)
    if sys.argv[1] == "--peak":
        print(json.dumps({"gflops": max(_gflops(size) for size in (2048, 3072, 4096))}))
        return
    batch, time_steps, features, units, layers, outputs, steps, rounds = map(int, sys.argv[1:])
    torch.set_default_device(DEVICE)
    lstm = nn.LSTM(features, units, layers, batch_first=True)
    dense = nn.Linear(units, outputs)
    optimizer = torch.optim.Adam([*lstm.parameters(), *dense.parameters()], lr=1e-3)
    x, y = torch.randn(batch, time_steps, features), torch.randn(batch, outputs)

    def train(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            hidden, _ = lstm(x)
            nn.functional.mse_loss(dense(hidden[:, -1]), y).backward()
            optimizer.step()
        if DEVICE == "cuda":
            torch.cuda.synchronize()

    train(4)
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        train(steps)
        seconds.append((time.perf_counter() - began) / steps)
    print(json.dumps({"ms": median(seconds) * 1e3, "gpu": float(DEVICE == "cuda")}))


def _gflops(size: int) -> float:
    left, right = torch.randn(size, size), torch.randn(size, size)
    seconds = []
    for _ in range(6):
        began = time.perf_counter()
        _ = left @ right
        seconds.append(time.perf_counter() - began)
    return 2 * size**3 / min(seconds) / 1e9


if __name__ == "__main__":
    main()
