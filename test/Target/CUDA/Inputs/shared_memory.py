"""Adds up the shared memory of steps.

    shared_memory.py STEEPESTC SPECS NAME,...

What a kernel declares by name and what its launches need must fit together into what
a block can have: 99 KB on every architecture, 227 KB on compute capability 9.0.
"""

import os
import re
import subprocess
import sys

DECLARED = re.compile(
    r"^\s*\.shared \.align \d+ \.[bu](\d+) [\w$]+(?:\[(\d+)\])?;", re.MULTILINE
)
NEEDED = re.compile(r"sharedBytes = (\d+), sharedBytes90 = (\d+),")
LIMITS = {"sm_80": 99 << 10, "sm_90a": 227 << 10}


def compile_step(steepestc, spec, *options):
    """A step as text."""
    command = [steepestc, spec, "--target=cuda", *options, "-o", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    steepestc, specs, names = sys.argv[1:]
    for name in names.split(","):
        spec = os.path.join(specs, name + ".mlir")
        needed = NEEDED.search(compile_step(steepestc, spec, "--emit=cu")).groups()
        for (arch, limit), dynamic in zip(LIMITS.items(), needed):
            ptx = compile_step(steepestc, spec, f"--arch={arch}", "--emit=ptx")
            declared = sum(
                int(bits) // 8 * int(count or 1) for bits, count in DECLARED.findall(ptx)
            )
            if not declared:
                sys.exit(f"{name} declares no shared memory")
            # Dynamic memory begins at a multiple of 1024.
            total = -(-declared // 1024) * 1024 + int(dynamic)
            print(f"{name} {arch}: {declared} bytes declared, {dynamic} needed")
            if total > limit:
                sys.exit(f"{total} bytes are more than a block can have, {limit}")


if __name__ == "__main__":
    main()
