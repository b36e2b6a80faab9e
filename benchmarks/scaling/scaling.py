#!/usr/bin/env python3
"""What a step of Muon costs on many devices, by the formulas of docs/scaling.md.

    scaling.py                    prints the tables of docs/scaling.md
    scaling.py --plot FILE        draws its figure (needs matplotlib)
    scaling.py --here             times a step on this machine beside the formula

A model of counts and rates: nothing but `--here` is measured.
"""

from __future__ import annotations

import argparse
import dataclasses
import heapq
import pathlib
import sys
from collections.abc import Iterable, Sequence

DEVICES = (1, 8, 64, 256, 1024)


@dataclasses.dataclass(frozen=True)
class Machine:
    """Rates of one device and its links.

    products: flops per second that products reach.
    model: the same for the model's forward and backward pass.
    memory: bytes per second.
    node: devices that the fast links connect.
    near, far: bytes per second that one device sends (and at once receives) inside its
        node and out of it.
    latency: seconds of one message.
    """

    name: str
    products: float
    model: float
    memory: float
    node: int
    near: float
    far: float
    latency: float


# One thread on the machine of docs/performance.md: products at 0.23 Tflop/s in f32, and 38
# GB/s, both measured there. A device is two such threads; the network is 100 Gbit/s, by
# its name.
CPU = Machine("2 threads of Zen 5", 0.46e12, 0.46e12, 38e9, 1, 12.5e9, 12.5e9, 20e-6)
# Of NVIDIA's data sheet: 989 Tflop/s in bf16, 3.35 TB/s, NVLink 450 GB/s each way, one
# network card of 400 Gbit/s for each GPU. Half of the peak for products and 0.4 for the
# model are assumptions: no kernel of ours has been timed there yet.
H100 = Machine("H100", 0.5 * 989e12, 0.4 * 989e12, 3.35e12, 8, 450e9, 50e9, 5e-6)


@dataclasses.dataclass(frozen=True)
class Model:
    """A transformer: matrices of a layer as (rows, columns), and what else there is."""

    name: str
    layers: int
    matrices: tuple[tuple[int, int], ...]
    rest: int

    def shapes(self) -> list[tuple[int, int]]:
        """Of all layers."""
        return list(self.matrices) * self.layers

    def parameters(self) -> int:
        """How many in all."""
        return sum(m * n for m, n in self.shapes()) + self.rest


def gpt(name: str, layers: int, width: int) -> Model:
    """GPT-2: queries, keys and values are matrices of their own."""
    squares = ((width, width),) * 4
    return Model(name, layers, (*squares, (4 * width, width), (width, 4 * width)), 51281 * width)


def llama(name: str, layers: int, width: int, narrow: int, hidden: int, words: int) -> Model:
    """Llama: keys and values are narrow, and the network has a gate."""
    matrices = ((width, width), (narrow, width), (narrow, width), (width, width))
    network = ((hidden, width), (hidden, width), (width, hidden))
    return Model(name, layers, matrices + network, 2 * words * width)


MODELS = (
    gpt("GPT-2 XL", 48, 1600),
    llama("8 B", 32, 4096, 1024, 14336, 128256),
    llama("70 B", 80, 8192, 1024, 28672, 128256),
)

# ---- one device ----


def flops(rows: int, columns: int, steps: int = 5) -> float:
    """Of five polynomial steps on one matrix; a symmetric product counts half.

    With m <= n: steps of X <- a X + (b A + c A A) X, A = X X^T, take 3 m^2 n + m^3 each.
    The Gram form takes A once, the steps in m x m, and one product with X at the end.
    """
    m, n = sorted((rows, columns))
    return min(steps * (3 * m * m * n + m**3), 3 * m * m * n + 17 * m**3)


#: Arrays of the parameter's size that elementwise passes read and write
#: (benchmarks/README.md), of 4 bytes an element.
MUON_BYTES, ADAMW_BYTES = 11 * 4, 8 * 4


def seconds(machine: Machine, rows: int, columns: int) -> float:
    """Of Muon's step on one matrix by one device."""
    return flops(rows, columns) / machine.products + MUON_BYTES * rows * columns / machine.memory


# ---- many devices ----


def spread(times: Iterable[float], owners: int) -> list[float]:
    """The loads of owners when each matrix, the costliest first, goes to the one with the
    least so far.
    """
    loads = [0.0] * owners
    for time in sorted(times, reverse=True):
        heapq.heapreplace(loads, loads[0] + time)
    return loads


def transfer(machine: Machine, size: float, devices: int) -> float:
    """Of a reduce-scatter, or an all-gather, of `size` bytes over all devices: inside the
    nodes first, then between equal places of the nodes, each with its part.
    """
    near = min(devices, machine.node)
    far = devices // near
    inside = (near - 1) / near * size / machine.near
    between = (far - 1) / far * size / near / machine.far
    return inside + between + machine.latency * ((near - 1) + (far - 1))


def regroup(machine: Machine, size: float, devices: int) -> float:
    """Of rows that lie on all devices going to the owners of their matrices, and of the
    results coming back: every device sends a part to every other, both ways. `size` counts
    the bytes of both.
    """
    share = (devices - 1) / devices * size / devices
    rate = machine.near if devices <= machine.node else machine.far
    return share / rate + 2 * machine.latency * (devices - 1)


@dataclasses.dataclass(frozen=True)
class Step:
    """Seconds of a step: of the model; of the kernels when every device steps every
    matrix, and when each matrix has one owner; of the transfers that data parallelism
    needs with either; and of those that owners need on top where shards cut rows.

    balance: the mean load of the owners over the largest.
    """

    model: float
    everywhere: float
    owned: float
    transfers: float
    regroup: float
    balance: float


def step(machine: Machine, model: Model, devices: int, tokens: float) -> Step:
    """A step of `tokens` tokens in all."""
    times = [seconds(machine, *shape) for shape in model.shapes()]
    # AdamW works by entries: what it steps is cut as one likes.
    rest = ADAMW_BYTES * model.rest / machine.memory
    loads = spread(times, devices)
    owned = max(max(loads), (sum(times) + rest) / devices)
    size = model.parameters()
    return Step(
        model=6 * size * tokens / devices / machine.model,
        everywhere=sum(times) + rest,
        owned=owned,
        # Gradients in f32, weights in bf16.
        transfers=transfer(machine, 4 * size, devices) + transfer(machine, 2 * size, devices),
        regroup=regroup(machine, 6 * size, devices),
        balance=(sum(times) + rest) / devices / owned,
    )


# ---- what is printed ----


def say(time: float) -> str:
    """Seconds with two digits."""
    if time == 0:
        return "0"
    if time >= 1:
        return f"{time:.2g} s" if time < 100 else f"{time:.0f} s"
    return f"{time * 1e3:.2g} ms" if time * 1e3 < 100 else f"{time * 1e3:.0f} ms"


def table(machine: Machine, models: Sequence[Model], tokens: float) -> str:
    """In Markdown."""
    lines = [
        "| model | devices | forward and backward | everywhere | owner computes | balance "
        "| reduce-scatter and all-gather | rows to owners and back |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model in models:
        for devices in DEVICES:
            cost = step(machine, model, devices, tokens)
            lines.append(
                f"| {model.name} | {devices} | {say(cost.model)} | {say(cost.everywhere)} | "
                f"{say(cost.owned)} | {cost.balance:.2f} | {say(cost.transfers)} | "
                f"{say(cost.regroup)} |"
            )
    return "\n".join(lines)


def plot(path: pathlib.Path, tokens: float) -> None:
    """Draws the times of the kernels over the number of devices."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "steepest"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    devices = [2**k for k in range(11)]
    for model, color in zip(MODELS, ("#0072b2", "#d55e00", "#009e73"), strict=True):
        costs = [step(H100, model, count, tokens) for count in devices]
        for field, style in (("everywhere", ":"), ("owned", "-"), ("model", "--")):
            axes.loglog(
                devices,
                [getattr(cost, field) for cost in costs],
                style,
                color=color,
                base=2,
                label=model.name if field == "owned" else None,
            )
    axes.set_yscale("log", base=10)
    axes.set_xticks(devices, [str(count) for count in devices])
    axes.set_xlabel("devices")
    axes.set_ylabel("seconds of a step")
    axes.set_title("solid: owner computes   dotted: everywhere   dashed: the model", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=120, metadata={"Software": None} if path.suffix == ".png" else {})


def here(shapes: Sequence[tuple[int, int]]) -> None:
    """Times Muon's step with one thread beside the formula for half of `CPU`."""
    import statistics
    import time

    import numpy as np

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))
    import steepest

    muon = steepest.compile("muon")
    thread = dataclasses.replace(CPU, products=CPU.products / 2)
    print("| shape | formula | measured |\n|---|---|---|")
    for shape in shapes:
        rng = np.random.default_rng(0)
        w, g = (rng.standard_normal(shape, np.float32) for _ in range(2))
        state = muon.init(w)
        times = []
        for _ in range(9):
            start = time.process_time()
            muon.step(w, g, state, threads=1)
            times.append(time.process_time() - start)
        rows, columns = shape
        print(
            f"| {rows} x {columns} | {say(seconds(thread, rows, columns))} | "
            f"{say(statistics.median(times))} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=float, default=4e6, help="of a step, in all")
    parser.add_argument("--plot", type=pathlib.Path)
    parser.add_argument("--here", action="store_true")
    chosen = parser.parse_args()
    if chosen.here:
        here([(512, 512), (768, 768), (768, 3072), (1024, 1024)])
    elif chosen.plot:
        plot(chosen.plot, chosen.tokens)
    else:
        print(f"{H100.name}, {chosen.tokens:.0f} tokens a step\n")
        print(table(H100, MODELS, chosen.tokens))
        print(f"\n{CPU.name}, 65536 tokens a step\n")
        print(table(CPU, MODELS[:1], 65536))
        print(f"\nfive steps on 1024 x 256: {flops(1024, 256) / 1e9:.2f} Gflop")


if __name__ == "__main__":
    main()
