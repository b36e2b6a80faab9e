#!/usr/bin/env python3
"""All figures of a GPU: benchmarks/cuda/run.py build [--dry-run]

Runs products.py and steps.py one after another; each says what it measures.
"""

import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent


def main() -> None:
    """Hands its arguments on; fails when one of them does."""
    codes = [
        subprocess.run(
            [sys.executable, "-B", str(FOLDER / script), *sys.argv[1:]], check=False
        ).returncode
        for script in ("products.py", "steps.py")
    ]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
