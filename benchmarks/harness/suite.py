"""Runs a suite: a table of cases and candidates with targets (suites/*.toml)."""

import gc
import time
import tomllib

from harness import candidates, compiling, judges, problems, programs, targets
from harness.clocks import text
from harness.measure import interleave
from harness.settings import FOLDER


def names():
    return sorted(path.stem for path in (FOLDER / "suites").glob("*.toml"))


def load(name):
    with open(FOLDER / "suites" / f"{name}.toml", "rb") as file:
        return tomllib.load(file)


def _cases(suite, settings):
    """The cases, with what the suite says of all of them."""
    shared = suite.get("shared", {})
    chosen = suite["quick"] if settings.quick else suite["case"]
    cases = [{**shared, **case} for case in chosen]
    return [case for case in cases if not settings.case or settings.case in _words(case)]


def _words(case):
    """What --case looks into: the shape as 768x3072, and everything that has a name."""
    shape = "x".join(str(extent) for extent in case.get("shape", []))
    return " ".join([shape, *(str(v) for k, v in case.items() if k != "shape")])


def _make(suite, case, problem, settings, say):
    """(entry, candidate) of all that are there; who is not is named."""
    made, absent = [], {}
    for entry in suite["candidate"]:
        if entry.get("only") and case.get("group") not in entry["only"]:
            continue
        if entry.get("slow") and (settings.quick or not settings.slow):
            absent[entry["name"]] = "slow to prepare, asked for by --slow"
            continue
        options = {k: v for k, v in entry.items() if k not in _OWN_KEYS}
        try:
            candidate = candidates.make(
                entry.get("task", suite["task"]), options, problem, settings
            )
        except candidates.Absent as reason:
            absent[entry["name"]] = str(reason)
            say(f"  {entry['name']}: skipped, {reason}")
            continue
        made.append((entry, candidate))
    return made, absent


# What an entry says to the suite, not to its peer.
_OWN_KEYS = {"only", "slow", "free", "may_miss", "check", "task"}


def _judge(suite, case, problem, made, say):
    verdicts = []
    for entry, candidate in made:
        candidate.reset()
        candidate.run()
        check = entry.get("check") or case.get("check") or suite["check"]
        verdict = judges.judge(check, problem, candidate, case, entry, made[0][1])
        verdicts.append(verdict)
        if not verdict.within:
            say(f"  {entry['name']}: outside, {verdict.text()}")
    return verdicts


def run(name, settings, say):
    """Returns the JSON of a suite."""
    suite = load(name)
    say(f"{name}: {suite['title']}")
    if suite["task"] == "compile":
        return compiling.run(suite, settings, say)
    if suite["task"] == "program":
        report = programs.run(suite, settings, say)
        report["targets"] = targets.evaluate(suite.get("target", []), report["cases"])
        return report
    report = {"title": suite["title"], "cases": [], "failed": []}
    for case in _cases(suite, settings):
        started = time.perf_counter()
        try:
            problem = problems.build(suite["task"], case)
        except problems.TooLarge as reason:
            say(f"  {case}: skipped, {reason}")
            report["cases"].append({"label": str(case), "skipped": str(reason), "rows": []})
            continue
        say(f"  {problem.label}")
        made, absent = _make(suite, case, problem, settings, say)
        verdicts = _judge(suite, case, problem, made, say)
        for (entry, _), verdict in zip(made, verdicts):
            if not verdict.within and not entry.get("may_miss"):
                report["failed"].append(
                    f"{problem.label}: {entry['name']}: outside, {verdict.text()}"
                )
        rounds = settings.rounds or suite.get("rounds", 7)
        timings = interleave(
            [candidate for _, candidate in made],
            settings.clock,
            2 if settings.quick else rounds,
            seconds=0.001 if settings.quick else suite.get("seconds", 0.2),
            pause=0.0 if settings.quick else 0.06,
            budget=suite.get("budget", 60.0),
        )
        rows = []
        for (entry, candidate), verdict, timing in zip(made, verdicts, timings):
            row = {"name": entry["name"], "ours": entry["peer"] == "steepest"}
            row |= timing.to_json()
            row |= {"within": verdict.within, "measured": verdict.measured}
            if hasattr(candidate, "workspace_bytes"):
                row["workspace_bytes"] = candidate.workspace_bytes
            rows.append(row)
        report["cases"].append(
            {
                "label": problem.label,
                "group": case.get("group"),
                "size": problem.size,
                "elements": getattr(problem, "elements", problem.size),
                "rows": rows,
                "absent": absent,
                "took": round(time.perf_counter() - started, 1),
            }
        )
        for row in rows:
            say(f"    {row['name']:<50} {text(row['time'])}")
        del problem, made, verdicts
        gc.collect()
    report["targets"] = targets.evaluate(suite.get("target", []), report["cases"])
    return report
