#!/usr/bin/env python3
"""Does what a page of documentation tells its reader to do, and checks that the
page tells the truth.

    run-tutorial.py PAGE.md --folder DIR [--path BIN] [--set NAME=VALUE]...

In the page,

    ```LANGUAGE file=NAME     is written to NAME,
    ```console                is a session in a shell: lines after `$ ` are
                              commands, the others are what they print,

and other blocks are only read. Everything happens in DIR, in the order of the
page. A command must succeed (write `! command` for one that must not), and what
it prints, errors included, must be what stands below it: `...` stands for any
text within a line, and alone on a line for any lines; runs of spaces count as
one. A command with nothing below it may print anything.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys


@dataclasses.dataclass
class Block:
    language: str
    file: str
    line: int
    lines: list


def blocks(text):
    """The fenced blocks of a page."""
    block = None
    for number, line in enumerate(text.splitlines(), 1):
        if block is None:
            opening = re.fullmatch(r"```(\w*)\s*(?:file=(\S+))?\s*", line)
            if opening:
                block = Block(opening[1], opening[2], number, [])
            elif line.startswith("```"):
                sys.exit(f"line {number}: cannot read '{line}'")
        elif line == "```":
            yield block
            block = None
        else:
            block.lines.append(line)
    if block is not None:
        sys.exit(f"line {block.line}: this block has no end")


def commands(block):
    """(line, command, expected lines) of a session."""
    session = []
    more = False
    for number, line in enumerate(block.lines, block.line + 1):
        if more:
            session[-1][1] += "\n" + line
        elif line.startswith("$ "):
            session.append([number, line[2:], []])
        elif session:
            session[-1][2].append(line)
        else:
            sys.exit(f"line {number}: expects a command after '$ '")
        more = (more or line.startswith("$ ")) and line.endswith("\\")
    return session


def pattern(lines):
    """A regular expression for the expected output."""
    result = ""
    for line in lines:
        if line.strip() == "...":
            result += r"(?:.*\n)*?"
            continue
        words = [re.escape(word) for word in line.split()]
        result += r"[ \t]*" + r"[ \t]+".join(words).replace(r"\.\.\.", ".*?")
        result += r"[ \t]*\n"
    return result


def run(block, folder, environment):
    for line, command, expected in commands(block):
        print(f"$ {command}", flush=True)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            sys.exit(f"line {line}: the command returned {done.returncode}")
        if not expected:
            continue
        printed = "".join(line + "\n" for line in done.stdout.splitlines() if line.strip())
        if not re.fullmatch(pattern(l for l in expected if l.strip()), printed):
            sys.exit(f"line {line}: the command does not print what stands below it")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()

    environment = dict(os.environ)
    environment.update(setting.split("=", 1) for setting in arguments.set)
    environment["PATH"] = ":".join([*arguments.path, environment["PATH"]])
    arguments.folder.mkdir(parents=True, exist_ok=True)
    done = 0
    for block in blocks(arguments.page.read_text(encoding="utf-8")):
        if block.file:
            text = "".join(line + "\n" for line in block.lines)
            (arguments.folder / block.file).write_text(text, encoding="utf-8")
        elif block.language == "console":
            run(block, arguments.folder, environment)
        else:
            continue
        done += 1
    if done == 0:
        sys.exit(f"{arguments.page}: nothing to run")


if __name__ == "__main__":
    main()
