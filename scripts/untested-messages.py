#!/usr/bin/env python3
"""Lists the error messages that no test mentions.

A message counts as tested when its longest literal piece, up to an escape, is
part of some test. That is a hint and not a proof: the list is to be read, and
never fails.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
START = re.compile(r"\b(emitError|emitOpError|emitErrorAt|error|complain)\b[^;{]*?;", re.DOTALL)
LITERALS = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s*"((?:[^"\\]|\\.)*)")*')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SHORTEST = 8


def statements(text):
    """The statements that emit an error, with their first line."""
    for match in START.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group()


def pieces(statement):
    """The literals of a statement, adjacent ones joined."""
    for match in LITERALS.finditer(statement):
        text = "".join(LITERAL.findall(match.group()))
        yield from re.split(r'\\.|[`]', text)


def main():
    tests = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "test").rglob("*"))
        if path.suffix in {".mlir", ".test", ".cpp", ".h", ".c"}
    )
    tests = " ".join(tests.split())
    total = untested = 0
    for folder in ("dialect", "lib", "tools"):
        for path in sorted((ROOT / folder).rglob("*.cpp")):
            for line, statement in statements(path.read_text(encoding="utf-8")):
                longest = max(pieces(statement), key=len, default="").strip()
                if len(longest) < SHORTEST:
                    continue
                total += 1
                if " ".join(longest.split()) in tests:
                    continue
                untested += 1
                print(f"{path.relative_to(ROOT)}:{line}: {longest}")
    print(f"{untested} of {total} messages are in no test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
