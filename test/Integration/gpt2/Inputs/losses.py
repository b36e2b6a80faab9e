#!/usr/bin/env python3
"""Compares what two training runs have printed: losses.py EXPECTED GOT TOLERANCE.

Every loss has to be there, and within TOLERANCE times the expected one; 0 is to
the last digit. Of a run that was resumed there are fewer: those at its end.
"""

import re
import sys


def losses(path: str) -> list[tuple[str, float]]:
    """The losses with what stands before them, in order."""
    with open(path, encoding="utf-8") as file:
        found = re.findall(r"^(step .*loss) (\S+)", file.read(), re.M)
    return [(name, float(value)) for name, value in found]


def main() -> None:
    """See the top of the file."""
    expected, got = losses(sys.argv[1]), losses(sys.argv[2])
    tolerance = float(sys.argv[3])
    if not got or len(got) > len(expected):
        sys.exit(f"expects up to {len(expected)} losses, got {len(got)}")
    worst = 0.0
    for (name, value), (other, loss) in zip(expected[-len(got) :], got, strict=True):
        error = abs(loss - value) / abs(value)
        worst = max(worst, error)
        if name != other or not error <= tolerance:
            sys.exit(f"expects {name} {value}, got {other} {loss}")
    print(f"{len(got)} losses, off by {worst:.1e} at most")


if __name__ == "__main__":
    main()
