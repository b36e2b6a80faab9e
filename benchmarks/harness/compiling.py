"""How long a spec takes to become a shared library."""

import pathlib
import statistics
import subprocess
import tempfile
import time

from harness.settings import FOLDER


def run(suite, settings, say):
    specs = sorted((FOLDER.parent / suite["specs"]).glob("*.mlir"))
    if settings.quick:
        specs = specs[:2]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for spec in specs:
            out = pathlib.Path(folder) / "out.so"
            seconds = []
            for _ in range(1 if settings.quick else suite.get("rounds", 3)):
                start = time.perf_counter()
                subprocess.run(
                    [settings.steepestc, spec, "-o", out], check=True, capture_output=True
                )
                seconds.append(time.perf_counter() - start)
            rows.append(
                {
                    "name": spec.stem, "ours": True, "time": statistics.median(seconds),
                    "least": min(seconds), "most": max(seconds), "samples": len(seconds),
                    "within": True, "measured": {},
                }  # fmt: skip
            )
            say(f"    {spec.stem:<44} {rows[-1]['time']:10.2f} s")
    median = statistics.median(row["time"] for row in rows)
    label = f"{len(rows)} specs"
    return {
        "title": suite["title"],
        "failed": [],
        "cases": [{"label": label, "size": len(rows), "rows": rows, "absent": {}}],
        "targets": [
            {
                "case": label, "what": "median seconds from spec to library",
                "required": suite["median_seconds"], "reached": median,
                "met": median <= suite["median_seconds"],
            }  # fmt: skip
        ],
    }
