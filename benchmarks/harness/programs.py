"""Suites of kernels: a program of benchmarks/ times them, in a process of its own."""

import json
import pathlib
import subprocess
import tempfile

# The status of a program whose peer is not installed.
_ABSENT = 77


def _command(suite, settings, path):
    command = [
        settings.build / "bin" / suite["program"],
        f"--threads={settings.threads}",
        f"--json={path}",
        *suite.get("arguments", []),
    ]
    if settings.quick:
        command += ["--quick", "--rounds=1"]
    elif settings.rounds or "rounds" in suite:
        command.append(f"--rounds={settings.rounds or suite['rounds']}")
    if settings.blas_path:
        command.append(f"--blas={settings.blas_path}")
    if settings.case:
        command.append(f"--only={settings.case}")
    return [str(word) for word in command]


def _case(found, suite):
    """A row for each candidate, whose seconds are under its `key`."""
    rows = [
        {
            "name": entry["name"], "ours": entry["peer"] == "steepest",
            "time": found[entry["key"]], "least": found[entry["key"]],
            "most": found[entry["key"]], "within": True, "measured": {},
        }
        for entry in suite["candidate"]
    ]  # fmt: skip
    label = found["what"]
    return {
        "label": label, "group": label, "size": found["order"], "rows": rows, "absent": {},
    }  # fmt: skip


def run(suite, settings, say):
    """Returns the JSON of a suite but for its targets. The program has compared the
    results itself, and fails when they are wrong."""
    report = {"title": suite["title"], "cases": [], "failed": []}

    def skip(reason):
        say(f"  skipped, {reason}")
        report["cases"].append({"label": suite["program"], "skipped": reason, "rows": []})
        return report

    program = settings.build / "bin" / suite["program"]
    if not program.exists():
        return skip(f"{suite['program']} is not built")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "figures.json"
        done = subprocess.run(
            _command(suite, settings, path), capture_output=True, text=True, check=False
        )
        if done.returncode == _ABSENT:
            return skip(done.stderr.strip().removeprefix("error: "))
        if done.returncode != 0:
            report["failed"].append(f"{suite['program']}: {done.stderr.strip()}")
            return report
        figures = json.loads(path.read_text(encoding="utf-8"))
    for line in done.stdout.splitlines():
        say(f"    {line}")
    report["cases"] = [_case(found, suite) for found in figures]
    return report
