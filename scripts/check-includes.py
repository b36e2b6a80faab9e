#!/usr/bin/env python3
"""Checks that no file includes what its folder may not know.

docs/architecture.md says who may include whom: `runtime` nothing but itself and
the system, `dialect` nothing of `lib`, `lib` nothing of tools. Prints every
include that points the wrong way, and fails if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#?include\s+["<]([^">]+)[">]', re.MULTILINE)
SOURCES = {".c", ".cpp", ".h", ".td"}

# Folder, and what its files must not include.
FORBIDDEN = {
    "runtime": ["dialect/", "lib/", "llvm/", "llvm-c/", "mlir/", "mlir-c/",
                "tools/"],
    "dialect": ["lib/", "tools/", "runtime/", "test/"],
    "lib/Models": ["lib/Transforms/", "lib/Target/", "lib/Driver/",
                   "lib/Pipelines/", "tools/", "test/"],
    "lib": ["tools/", "test/", "examples/"],
    "tools": ["test/", "examples/"],
}


def wrong_includes(folder, forbidden):
    for path in sorted((ROOT / folder).rglob("*")):
        if path.suffix not in SOURCES:
            continue
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if name.startswith(tuple(forbidden)):
                yield f"{path.relative_to(ROOT)} includes {name}"


def main():
    wrong = [
        line
        for folder, forbidden in FORBIDDEN.items()
        for line in wrong_includes(folder, forbidden)
    ]
    print("\n".join(wrong) or "no include points the wrong way")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
