"""Draws the figures from the table that collect.py wrote, and prints the table of
README.md.

    plot.py [--table schatten.csv] [--output FOLDER]

The same table gives the same files, byte for byte, with the same matplotlib.
"""

import argparse
import collections
import csv
import math
import pathlib
import statistics

import matplotlib

matplotlib.use("Agg")
# The identifiers in an SVG are hashes with this salt, random by default.
matplotlib.rcParams["svg.hashsalt"] = "steepest"
matplotlib.rcParams["axes.spines.top"] = False
matplotlib.rcParams["axes.spines.right"] = False

from matplotlib import pyplot  # noqa: E402  (after the choice of the renderer)

HERE = pathlib.Path(__file__).resolve().parent
# Distinct to colour-blind readers too (Okabe and Ito).
COLORS = ["#0072b2", "#d55e00", "#009e73"]
TICKS = ["2", "4", "8", "16", "32", "64", "inf", "muon"]
LABELS = ["2", "4", "8", "16", "32", "64", "∞", "Muon"]
TITLES = {
    "gradient": "gradient of one batch of 128 images",
    "momentum": "momentum (what Muon dualizes)",
}
# Below it a variance is rounding: that of a direction with equal values.
ZERO = 1e-10


def position(p):
    """Where a norm stands on the axis: log2 p, infinity after 64, Muon apart."""
    places = {"inf": 7.0, "muon": 8.0}
    return places[p] if p in places else math.log2(float(p))


class Table:
    """What schatten.csv holds: for each layer, source and norm a number a step."""

    def __init__(self, path):
        self.shapes = {}
        self.numbers = collections.defaultdict(list)
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                layer = int(row["layer"])
                self.shapes[layer] = int(row["rows"]), int(row["cols"])
                numbers = {name: float(row[name]) for name in list(row)[6:]}
                numbers["relative_variance"] = (
                    numbers["variance"] / numbers["mean"] ** 2
                )
                for name, number in numbers.items():
                    key = layer, row["source"], row["p"], name
                    self.numbers[key].append(number)

    def exponents(self):
        """The norms of the table in the order of p, without Muon."""
        found = {p for _, _, p, _ in self.numbers if p != "muon"}
        return sorted(found, key=position)

    def median(self, layer, source, p, name):
        return statistics.median(self.numbers[layer, source, p, name])


def draw_lines(axes, table, source, name, divide=lambda layer: 1, zero=None):
    """A line for every layer: the median over the steps, in a band from the
    smallest to the largest; Muon's polynomial as a mark of its own."""
    exponents = table.exponents()
    for layer, color in zip(sorted(table.shapes), COLORS):

        def shares(p, layer=layer):
            return [
                float("nan") if zero and value < zero else value / divide(layer)
                for value in table.numbers[layer, source, p, name]
            ]

        at = [position(p) for p in exponents]
        values = [shares(p) for p in exponents]
        rows, cols = table.shapes[layer]
        axes.plot(
            at,
            [statistics.median(v) for v in values],
            color=color,
            marker="o",
            markersize=3,
            label=f"layer {layer}, {rows} × {cols}",
        )
        low, high = [min(v) for v in values], [max(v) for v in values]
        axes.fill_between(at, low, high, color=color, alpha=0.2, linewidth=0)
        values = shares("muon")
        middle = statistics.median(values)
        axes.errorbar(
            position("muon") + 0.15 * (layer - 2),
            middle,
            yerr=[[middle - min(values)], [max(values) - middle]],
            color=color,
            marker="D",
            markersize=4,
            capsize=2,
            linestyle="none",
        )
    axes.axvline(position("32"), color="0.8", linewidth=0.8, zorder=0)
    axes.set_xticks([position(p) for p in TICKS], LABELS)
    axes.set_xlabel("p of the Schatten-p norm")


def figure_of(table, panels):
    """Two panels side by side, with one legend."""
    figure, all_axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, (title, arguments) in zip(all_axes, panels):
        draw_lines(axes, table, **arguments)
        axes.set_title(title, fontsize=10)
    return figure, all_axes


def variance(table):
    panels = [
        (title, {"source": source, "name": "variance", "zero": ZERO})
        for source, title in TITLES.items()
    ]
    figure, all_axes = figure_of(table, panels)
    for axes in all_axes:
        axes.set_yscale("log")
        axes.set_ylim(1e-4, 0.5)
    all_axes[0].set_ylabel("variance of the singular values")
    # The asymptote Var(ln s)/(p-1)^2 of full rank.
    ps = [p for p in table.exponents() if 8 <= float(p) <= 64]
    for layer, color in zip(sorted(table.shapes), COLORS):
        rank = table.median(layer, "momentum", "inf", "rank")
        if rank < min(table.shapes[layer]):
            continue
        spread = table.median(layer, "momentum", "inf", "log_variance")
        all_axes[1].plot(
            [position(p) for p in ps],
            [spread / (float(p) - 1) ** 2 for p in ps],
            color=color,
            linewidth=0.8,
            linestyle="--",
        )
    all_axes[1].plot(
        [],
        [],
        color="0.4",
        linewidth=0.8,
        linestyle="--",
        label="Var(ln σ) / (p − 1)²",
    )
    all_axes[1].text(position("inf"), 1.1e-4, "0", ha="center", color="0.4")
    all_axes[1].legend(fontsize=8, loc="lower left", frameon=False)
    return figure


def relative_size(table):
    figure, all_axes = figure_of(
        table,
        [
            ("Frobenius norm", {"source": "momentum", "name": "frobenius_size"}),
            ("spectral norm", {"source": "momentum", "name": "spectral_size"}),
        ],
    )
    all_axes[0].set_ylabel("size of the direction / size of W")
    for axes in all_axes:
        axes.set_ylim(bottom=0)
    all_axes[1].legend(fontsize=8, loc="lower left", frameon=False)
    return figure


def stable_rank(table):
    def smaller(layer):
        return min(table.shapes[layer])

    panels = [
        (title, {"source": source, "name": "stable_rank", "divide": smaller})
        for source, title in TITLES.items()
    ]
    figure, all_axes = figure_of(table, panels)
    for axes in all_axes:
        axes.set_ylim(0, 1.03)
    all_axes[0].set_ylabel("stable rank / min(rows, columns)")
    all_axes[0].legend(fontsize=8, loc="upper left", frameon=False)
    return figure


def print_table(table):
    """Medians over the steps, as README.md shows them."""
    print("| | layer | p = 2 | 4 | 8 | 16 | 32 | 64 | ∞ | Muon |")
    print("|---|---|" + "---|" * len(TICKS))
    lines = [
        ("variance", "gradient", "variance"),
        ("variance", "momentum", "variance"),
        ("variance / mean²", "momentum", "relative_variance"),
        ("stable rank", "gradient", "stable_rank"),
        ("stable rank", "momentum", "stable_rank"),
        ("Frobenius size", "momentum", "frobenius_size"),
        ("spectral size", "momentum", "spectral_size"),
    ]
    for title, source, name in lines:
        for layer in sorted(table.shapes):
            values = [table.median(layer, source, p, name) for p in TICKS]
            cells = ["0" if v < ZERO else f"{v:.3g}" for v in values]
            print(f"| {title}, {source} | {layer} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--table", default=str(HERE / "schatten.csv"))
    parser.add_argument("--output", type=pathlib.Path, default=HERE)
    options = parser.parse_args()

    table = Table(options.table)
    for name, draw in {
        "variance": variance,
        "relative-size": relative_size,
        "stable-rank": stable_rank,
    }.items():
        figure = draw(table)
        # Neither the day nor the program's version in the files.
        blank = {"Date": None, "Creator": None}
        figure.savefig(options.output / f"{name}.svg", metadata=blank)
        figure.savefig(
            options.output / f"{name}.png", dpi=110, metadata={"Software": None}
        )
        pyplot.close(figure)
    print_table(table)


if __name__ == "__main__":
    main()
