"""Figures of a report: one of bars for each suite, lines for suites over sizes."""

import pathlib


def draw(report, folder):
    """Writes SUITE.png for each suite; returns the paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, suite in report["suites"].items():
        cases = [case for case in suite["cases"] if case["rows"]]
        if not cases:
            continue
        if len(cases) >= 4 and len(cases[0]["rows"]) <= 3:
            figure = _lines(pyplot, suite, cases)
        else:
            figure = _bars(pyplot, suite, cases)
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=120, bbox_inches="tight")
        pyplot.close(figure)
        written.append(path)
    return written


def _color(row):
    if row["ours"]:
        return "tab:blue"
    return "tab:gray" if row["within"] else "tab:orange"


def _bars(pyplot, suite, cases):
    heights = [len(case["rows"]) + 1 for case in cases]
    figure, axes = pyplot.subplots(
        len(cases), 1, figsize=(8, 0.32 * sum(heights) + 0.6),
        gridspec_kw={"height_ratios": heights}, squeeze=False,
    )  # fmt: skip
    for axis, case in zip(axes[:, 0], cases):
        rows = sorted(case["rows"], key=lambda row: -row["time"])
        axis.barh(
            [row["name"] for row in rows], [row["time"] * 1e3 for row in rows],
            color=[_color(row) for row in rows],
        )  # fmt: skip
        axis.set_xscale("log")
        axis.set_title(case["label"], fontsize=9)
        axis.tick_params(labelsize=8)
    axes[-1, 0].set_xlabel("ms (blue: ours; orange: outside the contract)", fontsize=8)
    figure.suptitle(suite["title"], fontsize=10)
    figure.tight_layout()
    return figure


def _lines(pyplot, suite, cases):
    figure, axis = pyplot.subplots(figsize=(6, 4))
    for name in {row["name"]: None for case in cases for row in case["rows"]}:
        points = [
            (case["size"], row["time"] * 1e3)
            for case in cases
            for row in case["rows"]
            if row["name"] == name
        ]
        axis.loglog(*zip(*points), "o-", label=name)
    axis.set_xlabel("size")
    axis.set_ylabel("ms")
    axis.set_title(suite["title"], fontsize=10)
    axis.legend(fontsize=8)
    return figure
