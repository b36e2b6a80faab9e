#!/usr/bin/env python3
"""Writes the reference of dialects, interfaces and passes from the .td files.

    write-reference.py --tools LLVM-BIN --include DIR... --output DIR

Fails when an operation, attribute, interface or pass says nothing about itself.
The build target `steepest-doc` and test/Docs/reference.test call this.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What must be filled in, by the TableGen class of the record.
REQUIRED = {
    "AttrDef": ["summary"],
    "AttrInterface": ["description"],
    "Dialect": ["summary", "description"],
    "Op": ["summary", "description"],
    "PassBase": ["summary", "description"],
}


class Generator:
    def __init__(self, tools, includes):
        self.tools = tools
        self.includes = [f"-I{folder}" for folder in [ROOT, *includes]]

    def __call__(self, path, *options, tool="mlir-tblgen"):
        done = subprocess.run(
            [self.tools / tool, *self.includes, *options, path],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.exit(f"{path.relative_to(ROOT)} {' '.join(options)}:\n{done.stderr}")
        return done.stdout


def records(dump, kind):
    """The records of a TableGen class."""
    return [dump[name] for name in dump["!instanceof"].get(kind, [])]


def dialect_of(record):
    """The name of the record that is the dialect of an operation or attribute."""
    return (record.get("opDialect") or record.get("dialect"))["def"]


def undocumented(dump, ours):
    """What says nothing about itself, as messages; upstream's records come with
    the files that are included."""
    for kind, fields in REQUIRED.items():
        for record in records(dump, kind):
            if kind in ("Op", "AttrDef") and dialect_of(record) not in ours:
                continue
            if kind == "Dialect" and record["!name"] not in ours:
                continue
            if kind == "AttrInterface" and record["cppNamespace"] != "::steepest":
                continue
            for field in fields:
                if not (record[field] or "").strip():
                    yield f"{record['!name']} has no {field}"


def clean(text):
    """Without the mark of the generator and with one blank line at most."""
    text = re.sub(r"<!--.*?-->\n*", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    generate = Generator(arguments.tools, arguments.include)

    pages = {}
    passes = {}
    problems = []
    files = sorted([*ROOT.glob("dialect/**/*.td"), *ROOT.glob("lib/**/*.td")])
    dumps = {
        path: json.loads(generate(path, "-dump-json", tool="llvm-tblgen"))
        for path in files
    }
    ours = {
        record["!name"]
        for dump in dumps.values()
        for record in records(dump, "Dialect")
        if record["cppNamespace"].startswith("::steepest")
    }
    for path, dump in dumps.items():
        problems += undocumented(dump, ours)
        if records(dump, "PassBase"):
            passes[path.stem] = generate(path, "-gen-pass-doc")
        # The file with the operations includes the rest of its dialect.
        for name in sorted({dialect_of(op) for op in records(dump, "Op")} & ours):
            dialect = dump[name]["name"]
            pages[dialect] = generate(path, "-gen-dialect-doc", f"-dialect={dialect}")
        if path.stem.endswith("Interfaces"):
            pages["interfaces"] = generate(path, "-gen-attr-interface-docs")
    pages["passes"] = "# Passes\n\n" + "\n".join(passes[name] for name in sorted(passes))
    if problems:
        sys.exit("\n".join(sorted(set(problems))))

    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (arguments.output / f"{name}.md").write_text(clean(text), encoding="utf-8")
        print(arguments.output / f"{name}.md")


if __name__ == "__main__":
    main()
