#!/usr/bin/env python3
"""Does what a page of documentation tells its reader to do, and checks that the
page tells the truth.

    run-tutorial.py PAGE.md --folder DIR [--path BIN] [--set NAME=VALUE]...

In the page,

    ```LANGUAGE file=NAME     is written to NAME,
    ```LANGUAGE from=PATH     is an excerpt of a file of the repository,
    ```console                is a session in a shell: lines after `$ ` are
                              commands, the others are what they print,

and other blocks are only read. In an excerpt, too, `...` stands for anything. Everything happens in DIR, in the order of the
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

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Block:
    language: str
    role: str
    path: str
    line: int
    lines: list


def blocks(text):
    """The fenced blocks of a page."""
    block = None
    for number, line in enumerate(text.splitlines(), 1):
        if block is None:
            opening = re.fullmatch(r"```(\w*)\s*(?:(file|from)=(\S+))?\s*", line)
            if opening:
                block = Block(*opening.groups(), number, [])
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
    """A regular expression for lines that are expected."""
    result = ""
    for line in filter(str.strip, lines):
        if line.strip() == "...":
            result += r"(?:.*\n)*?"
            continue
        words = [re.escape(word) for word in line.split()]
        result += r"[ \t]*" + r"[ \t]+".join(words).replace(r"\.\.\.", ".*?")
        result += r"[ \t]*\n"
    return result


def without_blanks(text):
    """The lines that are not blank."""
    return "".join(line + "\n" for line in text.splitlines() if line.strip())


def check_excerpt(block):
    text = (ROOT / block.path).read_text(encoding="utf-8")
    if not re.search("^" + pattern(block.lines), without_blanks(text), re.MULTILINE):
        sys.exit(f"line {block.line}: this is not in {block.path}")


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
        if not re.fullmatch(pattern(expected), without_blanks(done.stdout)):
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
        if block.role == "file":
            text = "".join(line + "\n" for line in block.lines)
            (arguments.folder / block.path).write_text(text, encoding="utf-8")
        elif block.role == "from":
            check_excerpt(block)
        elif block.language == "console":
            run(block, arguments.folder, environment)
        else:
            continue
        done += 1
    if done == 0:
        sys.exit(f"{arguments.page}: nothing to run")


if __name__ == "__main__":
    main()
