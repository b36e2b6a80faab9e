#!/usr/bin/env python3
"""Runs solved directions over sizes, aspects, gradients and scales, compiled in
float32, and prints their iterations and what misses its certificate.

    acceptance.py STEEPEST-RUN SPEC.mlir [--sizes 16 64] [--aspects 1 2 8]

Every optimizer of the spec has one direction and asks for a certified gap.
test/Integration/run/Inputs/acceptance.mlir has the pairs that docs/solvers.md
reports; test/Integration/run/acceptance.test runs a few small cases of them.
"""

import argparse
import re
import statistics
import subprocess
import sys

KINDS = ["gaussian", "decay", "low-rank", "exactly-low-rank", "aligned", "zero"]
# Directions with nothing to find report so.
EMPTY = {"aligned": ("normal gradient", "converged"), "zero": ("zero gradient",)}


def cases(sizes, aspects):
    for size in sizes:
        for aspect in aspects:
            yield f"{max(1, round(size * aspect))}x{size}"


def parse(output):
    """(optimizer, case, kind, direction's line) of every direction."""
    optimizer = case = kind = None
    for line in output.splitlines():
        if match := re.match(r"optimizer (\S+)", line):
            optimizer = match[1]
        elif match := re.match(r"case \S+ (\S+), seed", line):
            case = match[1]
            found = re.search(r", ([a-z-]+) gradients", line)
            kind = found[1] if found else "gaussian"
            scale = re.search(r"gradients times (\S+)", line)
            case += f" times {scale[1]}" if scale else ""
        elif "direction 0:" in line:
            yield optimizer, case, kind, line


def number(name, line):
    return float(re.search(rf"{name} ([^,]+)", line)[1])


def judge(kind, line, gap, tangency):
    """What is wrong with a direction; empty when nothing is."""
    outcome = line.rsplit(", ", 1)[1]
    wanted = EMPTY.get(kind, ("converged",))
    problems = []
    if outcome not in wanted:
        problems.append(outcome)
    if outcome == "converged" and number("gap", line) > gap * 1.05:
        problems.append(f"gap {number('gap', line):.2e}")
    if number("tangency", line) > tangency:
        problems.append(f"tangency {number('tangency', line):.1e}")
    return ", ".join(problems)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("run")
    parser.add_argument("spec")
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 64])
    parser.add_argument(
        "--aspects",
        type=float,
        nargs="+",
        default=[1, 1.1, 1.25, 1.5, 2, 3, 4, 8],
    )
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--scales", nargs="+", default=["1e-20", "1", "1e20"])
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--tangency", type=float, default=1e-5)
    parser.add_argument("--optimizer")
    arguments = parser.parse_args()
    command = [arguments.run, arguments.spec, "--no-reference"]
    if arguments.optimizer:
        command += ["--optimizer", arguments.optimizer]
    command += [f"--case={case}" for case in cases(arguments.sizes, arguments.aspects)]
    command += [f"--gradients={kind}" for kind in arguments.kinds]
    command += [f"--scale={scale}" for scale in arguments.scales]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    iterations, misses, count = {}, [], 0
    for optimizer, case, kind, line in parse(done.stdout):
        count += 1
        if kind not in EMPTY:
            iterations.setdefault(optimizer, []).append(number("iterations", line))
        if problem := judge(kind, line, arguments.gap, arguments.tangency):
            misses.append(f"{optimizer} {case} {kind}: {problem}")
    if done.returncode != 0 or count == 0:
        sys.exit(done.stderr or "no directions were reported")
    for optimizer, spent in iterations.items():
        print(
            f"{optimizer}: {len(spent)} solved, iterations median "
            f"{statistics.median(spent):g}, worst {max(spent):g}"
        )
    for miss in misses:
        print(f"MISS {miss}")
    print(f"{count} directions, {len(misses)} misses")
    sys.exit(1 if misses else 0)


if __name__ == "__main__":
    main()
