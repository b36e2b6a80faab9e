"""Right and wrong results for the judges of benchmarks/."""

import pathlib
import sys

import numpy as np

sys.path[:0] = [str(pathlib.Path(sys.argv[1]) / name) for name in ("benchmarks", "python")]

from harness import accuracy, judges, targets  # noqa: E402
from harness.candidates import Candidate  # noqa: E402
from harness.matrices import Gradient, orthonormal  # noqa: E402
from harness.problems import Parameter  # noqa: E402
from peers import polynomials  # noqa: E402


def result(value):
    return Candidate(lambda: None, lambda: value)


def main():
    # The published first step for lowest = 1e-3, and its error.
    table, error = polynomials.polar_express(1e-3, 1)
    print("coefficients", *(f"{x:.4f}" for x in table[0]), f"{error:.5f}")
    table, error = polynomials.polar_express(3e-3, 5)
    x = np.geomspace(3e-3, 1, 10001)
    for a, b, c in table:
        x = a * x + b * x**3 + c * x**5
    print("table reaches what it says:", abs(np.abs(x - 1).max() - error) < 1e-6)

    gradient = Gradient(20, 12, "spectrum", 1e-2)
    problem = type("Problem", (), {"gradient": gradient})()
    case = {"lowest": 1e-2, "error": 1.3e-2}
    polar = gradient.left @ gradient.right.T
    for factor, name in ((1.0, "U V^T"), (1.05, "1.05 U V^T")):
        verdict = judges.judge("band", problem, result(factor * polar), case, {}, None)
        print(f"band of {name}: {verdict.within}")

    random = np.random.default_rng(0)
    weight = orthonormal(12, 5, random)
    g, phi = random.standard_normal((12, 5)), random.standard_normal((12, 5))
    made = accuracy.Certificate(weight, g, phi, random.standard_normal((5, 5)))
    best = accuracy.Certificate(weight, g, g)
    print("bound of a random direction holds:", made.value <= best.value <= made.bound)
    weight, g = orthonormal(6, 6, random), random.standard_normal((6, 6))
    skew = (weight.T @ g - g.T @ weight) / 2
    left, _, right = np.linalg.svd(skew)
    made = accuracy.Certificate(weight, g, weight @ left @ right)
    print("closed form of a square W has no gap:", abs(made.gap) < 1e-9)

    # Diagonal: the least of |1 + x| + |2| + |3| is at x = -1, whatever is on the way.
    normal = np.zeros((5, 3))
    normal[0, 0] = 1
    bounds = [
        accuracy.least_nuclear(np.diag([sign * 1.0, 2.0, 3.0, 0.0, 0.0])[:, :3], normal)
        for sign in (1, -1)
    ]
    print("least nuclear norm:", np.allclose(bounds, 5, rtol=1e-3) and min(bounds) >= 5 - 1e-12)

    parameter = Parameter([7], "adamw", random)
    problem = type("Problem", (), {"parameters": [parameter]})()
    h, g = parameter.hypers, parameter.gradient.astype(np.float64)
    for rate, name in ((1, "one step of AdamW"), (1.1, "one step of AdamW with another rate")):
        lr = rate * h["lr"]
        moved = parameter.weight * (1 - lr * h["decay"]) - lr * g / (np.abs(g) + h["epsilon"])
        verdict = judges.judge("step", problem, result([moved]), {"tolerance": 1e-3}, {}, None)
        print(f"{name}: {verdict.within}")

    rows = lambda ours: [
        {"name": "a", "ours": True, "time": ours, "within": True},
        {"name": "b", "ours": False, "time": 2.0, "within": True},
        {"name": "c", "ours": False, "time": 0.1, "within": False},
    ]
    cases = [
        {"label": "one", "size": 1, "rows": rows(1.0)},
        {"label": "two", "size": 2, "rows": rows(3.0)},
    ]
    ratio = targets.evaluate([{"ours": "a", "against": "fastest", "at_least": 1.5}], cases)[0]
    growth = targets.evaluate([{"kind": "growth", "ours": "a", "power": 1, "within": 0.1}], cases)
    print(
        f"ratio {ratio['reached']} met {ratio['met']}, "
        f"growth {growth[0]['reached']:.2f} met {growth[0]['met']}"
    )


main()
