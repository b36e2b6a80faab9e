#!/usr/bin/env python3
"""Checks that every .td file of the repository compiles alone.

    check-tablegen.py MLIR-TBLGEN INCLUDE...
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    tblgen, *includes = sys.argv[1:]
    options = [f"-I{folder}" for folder in [ROOT, *includes]]
    files = sorted(
        path for folder in ("dialect", "lib") for path in (ROOT / folder).rglob("*.td")
    )
    failed = 0
    for path in files:
        done = subprocess.run(
            [tblgen, "-print-records", *options, path],
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            failed += 1
            print(f"{path.relative_to(ROOT)} does not compile alone")
    print(f"{len(files) - failed} of {len(files)} compile alone")
    return failed != 0 or not files


if __name__ == "__main__":
    sys.exit(main())
