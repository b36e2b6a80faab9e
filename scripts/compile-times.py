#!/usr/bin/env python3
"""How long it takes from a spec to a shared library.

    compile-times.py STEEPESTC [--rounds N] [SPEC.mlir...]

Compiles each spec (all of examples/optimizers by default) to a shared library,
N times (3 by default), one round after the other so that what else the machine
does falls on all alike. Prints the medians over the rounds: seconds on the wall,
seconds of processor time of the compiler and the linker (which others on the
machine disturb less), and kilobytes of the library; then the medians over the
specs. `steepestc --timing` says where the time of one spec goes.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


def measure(steepestc, spec, library):
    """Wall and processor seconds of one compilation."""
    before = time.perf_counter()
    process = subprocess.Popen([steepestc, str(spec), "-o", str(library)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"compilation of {spec} failed")
    return time.perf_counter() - before, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steepestc")
    parser.add_argument("specs", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    examples = Path(__file__).resolve().parent.parent / "examples" / "optimizers"
    specs = options.specs or sorted(examples.glob("*.mlir"))
    times = {spec: [] for spec in specs}
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "optimizer.so"
        for _ in range(options.rounds):
            for spec in specs:
                times[spec].append(measure(options.steepestc, spec, library))
                sizes[spec] = library.stat().st_size
    rows = []
    for spec in specs:
        wall, processor = (statistics.median(column) for column in zip(*times[spec]))
        rows.append((processor, wall, sizes[spec] / 1024, spec.stem))
    print(f"{'optimizer':<36}{'wall s':>8}{'cpu s':>8}{'KiB':>8}")
    for processor, wall, size, name in sorted(rows):
        print(f"{name:<36}{wall:>8.2f}{processor:>8.2f}{size:>8.0f}")
    processor, wall, size = (statistics.median(column) for column in list(zip(*rows))[:3])
    print(f"{'median':<36}{wall:>8.2f}{processor:>8.2f}{size:>8.0f}")


if __name__ == "__main__":
    main()
