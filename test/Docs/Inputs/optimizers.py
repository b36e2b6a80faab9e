"""Compares the table of examples/optimizers/README.md with the specs there."""

import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
specs = {path.stem for path in folder.glob("*.mlir")}
rows = re.findall(r"^\| \[(\w+)\]\(\1\.mlir\) ", (folder / "README.md").read_text(), re.M)
for name in sorted(specs.symmetric_difference(rows)):
    print(f"{name}: {'no row in the table' if name in specs else 'no such spec'}")
if len(rows) != len(set(rows)):
    print("a row stands there twice")
print(f"{len(rows)} rows, {len(specs)} specs")
