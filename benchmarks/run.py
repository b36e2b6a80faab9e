#!/usr/bin/env python3
"""Compiled optimizers against the others: every suite, or those that are named.

    benchmarks/run.py --threads 2 --json figures.json --plot figures
    benchmarks/run.py --suite orthogonalize --suite gpt2
    benchmarks/run.py --quick

Suites are tables in benchmarks/suites, specs lie in benchmarks/specs. A peer whose
library is missing is named and left out. Results are judged before they are timed;
one of ours, or a peer that must agree, being outside its limits fails the run.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "python")]

from harness import environment  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--suite", action="append", help="a suite to run (default: all)")
    parser.add_argument("--case", help="only cases with this in them, such as 768x3072")
    parser.add_argument("--list", action="store_true", help="name the suites and stop")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does all of it work?")
    processors = len(os.sched_getaffinity(0))
    parser.add_argument(
        "--threads", type=int, default=min(2, processors), help="of everybody (default: 2)"
    )
    parser.add_argument(
        "--clock", choices=["wall", "processor"], default="wall",
        help="processor: for one thread on a machine that others use",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, help="samples of each candidate")
    parser.add_argument("--slow", action="store_true", help="torch.compile too")
    parser.add_argument("--build", default=FOLDER.parent / "build", help="the build folder")
    parser.add_argument("--blas", help="the OpenBLAS to compare with")
    parser.add_argument("--json", help="write all figures to this file")
    parser.add_argument("--markdown", help="write the tables to this file")
    parser.add_argument("--plot", help="draw figures into this folder")
    return parser.parse_args()


def main():
    options = parse()
    if importlib.util.find_spec("numpy") is None:
        sys.exit(f"error: expected NumPy beside {sys.executable}, found none")
    # Before anything that may load a library.
    environment.prepare(options.threads)
    from harness import candidates, report, suite
    from harness.settings import Settings

    if options.list:
        for name in suite.names():
            print(f"{name:<20}{suite.load(name)['title']}")
        return 0
    chosen = options.suite or suite.names()
    unknown = set(chosen) - set(suite.names())
    if unknown:
        sys.exit(f"error: expected suites among {', '.join(suite.names())}, got {unknown.pop()}")
    candidates.load_peers()
    settings = Settings(
        options.build, options.threads, options.quick, options.blas, options.rounds,
        options.clock,
        options.slow,
        options.case,
    )
    machine = environment.describe(options.threads) | {"clock": options.clock}
    try:
        machine["blas"] = f"{settings.blas.description}, {settings.blas.threads} threads"
    except OSError as error:
        print(f"no OpenBLAS: {error}", file=sys.stderr)
    figures = {"machine": machine, "quick": options.quick, "suites": {}}
    for name in chosen:
        figures["suites"][name] = suite.run(
            name, settings, lambda line: print(line, file=sys.stderr, flush=True)
        )
        # What was measured is kept, should a later suite be cut short.
        if options.json:
            pathlib.Path(options.json).write_text(
                json.dumps(figures, indent=1) + "\n", encoding="utf-8"
            )
    text = report.to_markdown(figures)
    print(text)
    if options.markdown:
        pathlib.Path(options.markdown).write_text(text + "\n", encoding="utf-8")
    if options.plot:
        from harness import plot

        for path in plot.draw(figures, options.plot):
            print(path)
    failed = [line for made in figures["suites"].values() for line in made["failed"]]
    for line in failed:
        print(f"error: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
