#!/usr/bin/env python3
"""How many arrays a step moves through memory in its elementwise passes.

    traffic.py STEEPESTC SPEC.mlir...

Counts, for one step of each spec, the arrays of the parameter's size that the
fused passes (kernel.map, kernel.copy) read and write, from the IR after the
phase `kernel`, and the least that any implementation must move: each tensor of
the host that is read, once, and each that is written, once. Operands of products
are not counted: there arithmetic, not memory, is the limit. Of two branches of a
conditional the larger counts.
"""

import re
import subprocess
import sys


def passes(text):
    """Yields (reads, writes) of full-size arrays of every pass, in order."""
    for line in text.splitlines():
        if "kernel.map" in line:
            access = re.search(r"ins\(.*?\) \[(.*?)\]", line)
            results = re.search(r"outs\(.*?\) \[(.*?)\]", line)
            reads = access.group(1).split(", ").count("full") if access else 0
            writes = results.group(1).split(", ").count("store to full") if results else 0
            yield reads, writes
        elif "kernel.copy" in line:
            yield 1, 1


def main():
    steepestc, *specs = sys.argv[1:]
    if not specs:
        sys.exit(__doc__)
    print(f"{'optimizer':<16}{'passes':>7}{'reads':>7}{'writes':>7}{'moved':>7}{'least':>7}")
    for spec in specs:
        def ir(phase):
            return subprocess.run([steepestc, spec, f"--stop-after={phase}"],
                                  check=True, capture_output=True, text=True).stdout
        declared = ir("declare")
        name = re.search(r"steepest\.optimizer @(\w+)", declared).group(1)
        update = re.search(r"steepest\.update .* : (.*)", declared).group(1)
        written = update.count("tensor")
        arguments = re.search(r"@\w+\((.*?)\) ", declared).group(1).count("tensor")
        states = re.search(r"state\((.*?)\) ", declared)
        read = arguments + (states.group(1).count("tensor") if states else 0)
        counted = list(passes(ir("kernel")))
        reads = sum(r for r, _ in counted)
        writes = sum(w for _, w in counted)
        print(f"{name:<16}{len(counted):>7}{reads:>7}{writes:>7}{reads + writes:>7}"
              f"{read + written:>7}")


if __name__ == "__main__":
    main()
