"""python -m steepest list | explain NAME | bench NAME ...

list     the shipped optimizers, a line each
explain  what the compiler chose for an optimizer, and why
bench    how long a step takes
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import textwrap
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from steepest import abi
from steepest.compiler import compile as compile_spec
from steepest.compiler import read_spec
from steepest.errors import SteepestError
from steepest.optimizer import CompiledOptimizer
from steepest.runtime import default_threads
from steepest.tools import shipped_specs


def summary(text: str) -> str:
    """The first sentence of a spec's comment."""
    comment = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        comment.append(line[2:].strip())
    return re.split(r"(?<=[.:;])(?:\s|$)", " ".join(comment))[0].rstrip(".:;")


def list_optimizers() -> None:
    """Prints the shipped optimizers."""
    for name, path in shipped_specs().items():
        said = summary(path.read_text(encoding="utf-8"))
        print(f"{name:34} {textwrap.shorten(said, 80, placeholder=' ...')}")


def random_problem(
    optimizer: CompiledOptimizer, shape: Sequence[int], seed: int = 0
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Parameters and gradients of a shape (or of its last extents, for vectors). The
    parameters are orthonormal, of norm one in rows or columns as the shape allows, so
    that they are near what most manifolds ask for.
    """
    generator = np.random.default_rng(seed)
    types = {abi.DType.F32: np.float32, abi.DType.F64: np.float64}
    parameters, gradients = [], []
    for info in optimizer.parameters:
        if info.dtype not in types:
            raise SteepestError(f"expected parameters of f32 or f64, got {info.dtype}")
        extents = info.extents(tuple(shape)[-info.rank :] if info.rank else ())
        weight = generator.standard_normal(extents)
        if info.rank == 2:
            tall, wide = max(extents), min(extents)
            weight = np.linalg.qr(generator.standard_normal((tall, wide)))[0]
            weight = weight if extents[0] == tall else weight.T
        dtype = types[info.dtype]
        parameters.append(np.ascontiguousarray(weight, dtype))
        gradients.append(generator.standard_normal(extents).astype(dtype))
    return parameters, gradients


def bench(names: Sequence[str], shape: Sequence[int], threads: int, seconds: float) -> None:
    """Prints the median time of a step on random matrices, and its certificate."""
    for name in names:
        optimizer = compile_spec(name)
        parameters, gradients = random_problem(optimizer, shape)
        state = optimizer.init(parameters)
        times: list[float] = []
        # A rate of nothing: the same problem each time.
        still: dict[str, Any] = {"lr": 0.0} if "lr" in optimizer.hypers else {}
        until = time.perf_counter() + seconds
        while not times or time.perf_counter() < until:
            start = time.perf_counter()
            report = optimizer.step(parameters, gradients, state, threads=threads, **still)
            times.append(time.perf_counter() - start)
        print(
            f"{optimizer.name:34} {statistics.median(times) * 1e6:12.1f} us  "
            f"gap {report.gap:.2g}",
            flush=True,
        )


def extents(text: str) -> tuple[int, ...]:
    """`768x3072`, or one extent."""
    try:
        shape = tuple(int(part) for part in text.split("x"))
    except ValueError:
        shape = ()
    if not shape or len(shape) > 2 or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"expected a shape such as 768x3072, got '{text}'")
    return shape if len(shape) == 2 else shape * 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m steepest", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the shipped optimizers")
    explaining = commands.add_parser("explain", help="what was chosen, and why")
    explaining.add_argument("spec", help="a name, or the path of a spec")
    benching = commands.add_parser("bench", help="how long a step takes")
    benching.add_argument("spec", nargs="+", help="names, or paths of specs")
    benching.add_argument("--shape", type=extents, default=(768, 768), metavar="768x3072")
    benching.add_argument("--threads", type=int, default=default_threads())
    benching.add_argument("--seconds", type=float, default=1.0, help="for each spec")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "list":
            list_optimizers()
        elif chosen.command == "explain":
            print(f"{read_spec(chosen.spec)[0].strip()}\n\n{compile_spec(chosen.spec).explanation}")
        else:
            bench(chosen.spec, chosen.shape, chosen.threads, chosen.seconds)
    except SteepestError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
