#!/usr/bin/env python3
"""How many arrays a step moves through memory in its elementwise passes.

    traffic.py STEEPESTC SPEC.mlir...

Counts, for one step of each spec, the arrays of the parameter's size that the
fused passes (kernel.map, kernel.copy) read and write, from the IR after the
phase `kernel`, and the least that any implementation must move: each tensor of
the host that is read, once, and each that is written, once. Operands of products
are not counted: there arithmetic, not memory, is the limit. `vouched` is what
moves when the host vouches for finite gradients, so that no pass looks for them
alone. Passes of all branches of other conditionals are added up.
"""

import re
import subprocess
import sys


def passes(text):
    """Yields (reads, writes, is a check) of full-size arrays of every pass, in
    order. A check is what a conditional on `kernel.finite_gradients` has for the
    host that does not vouch for them.
    """
    promise, branch, is_check = None, None, False
    for line in text.splitlines():
        if found := re.match(r"\s*(%\w+) = kernel.finite_gradients", line):
            promise = found.group(1)
        elif promise and f"scf.if {promise} " in line:
            branch = line[: len(line) - len(line.lstrip())]
        elif branch is not None and line == branch + "} else {":
            is_check = True
        elif branch is not None and line == branch + "}":
            branch, is_check = None, False
        if "kernel.map" in line:
            access = re.search(r"ins\(.*?\) \[(.*?)\]", line)
            results = re.search(r"outs\(.*?\) \[(.*?)\]", line)
            reads = access.group(1).split(", ").count("full") if access else 0
            writes = results.group(1).split(", ").count("store to full") if results else 0
            yield reads, writes, is_check
        elif "kernel.copy" in line:
            yield 1, 1, is_check


def main():
    steepestc, *specs = sys.argv[1:]
    if not specs:
        sys.exit(__doc__)
    print(f"{'optimizer':<16}{'passes':>7}{'reads':>7}{'writes':>7}{'moved':>7}{'vouched':>9}"
          f"{'least':>7}")
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
        reads = sum(r for r, _, _ in counted)
        writes = sum(w for _, w, _ in counted)
        vouched = sum(r + w for r, w, is_check in counted if not is_check)
        print(f"{name:<16}{len(counted):>7}{reads:>7}{writes:>7}{reads + writes:>7}"
              f"{vouched:>9}{read + written:>7}")


if __name__ == "__main__":
    main()
