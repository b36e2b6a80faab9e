"""Certificates against the truth in float64, on gradients made to break them.

Of every direction: its bound is not below what the dual norm of the gradient is, its value
is not above what the stored direction attains when it is brought to length one, and where a
gap was asked for, it is kept or the outcome says otherwise.

The first argument is the storage of parameters and gradients ("f32", "f64", "bf16"), the
second a pattern of the rules to check, the others, if any, name rewrites to leave out.
"""

import re
import sys

import numpy as np

import steepest

CONTRACTS = {
    "free": "",
    "band": "accuracy(#steepest.band<lowest = 0.1, error = 0.1>)",
    "tight": "accuracy(#steepest.band<lowest = 1.0e-3, error = 1.0e-2>)",
    "gap": "accuracy(#steepest.gap<0.01>)",
    "small_gap": "accuracy(#steepest.gap<1.0e-3>)",
    "exact": "accuracy(#steepest.exact)",
    "muon": 'method(#steepest.polynomial<"muon", steps = 5>)',
    "rounded": 'method(#steepest.polynomial<"muon", steps = 5, rounding = 2.5e-1>)',
    "express": 'method(#steepest.polynomial<"polar_express", steps = 6>)',
}
GAPS = {"gap": 1e-2, "small_gap": 1e-3}
NORMS = {
    "spectral": "#steepest.spectral",
    "nuclear": "#steepest.nuclear",
    "frobenius": "#steepest.frobenius",
    "l1": "#steepest.l1",
    "linf": "#steepest.linf",
    "lp3": "#steepest.lp<3.0>",
    "schatten3": "#steepest.schatten<3.0>",
    "schatten16": "#steepest.schatten<16.0>",
    "schatten1_5": "#steepest.schatten<1.5>",
    "ky_fan": "#steepest.ky_fan<2>",
    "ky_fan_dual": "#steepest.ky_fan_dual<2>",
    "columns": "#steepest.columns",
    "rows": "#steepest.rows",
}
#: Norms whose dualizers take contracts.
SPECTRAL = {"spectral", "schatten3", "schatten16"}


def rules(dtype):
    """Every norm under every contract that says something about it."""
    for norm, attribute in NORMS.items():
        contracts = CONTRACTS if norm == "spectral" else ("free", "gap", "small_gap")
        for contract in contracts if norm in SPECTRAL else ("free",):
            name = f"{norm}__{contract}"
            tensor = f"tensor<?x?x{dtype}>"
            yield name, f"""
steepest.optimizer @{name}(%w: {tensor}, %g: {tensor}) state(%direction: {tensor} = zeros) {{
  %phi = steepest.direction %g norm({attribute}) {CONTRACTS[contract]} : {tensor}
  steepest.update %w = %w, %direction = %phi : {tensor}, {tensor}
}}
"""


def power_mean(values, p):
    """The l_p norm of nonnegative values."""
    largest = values.max(initial=0)
    if largest == 0 or p == np.inf:
        return largest
    return largest * ((values / largest) ** p).sum() ** (1 / p)


def lengths(norm, x):
    """The norm of x and its dual norm."""
    entries = np.abs(x).ravel()
    if norm in ("frobenius", "l1", "linf", "lp3"):
        p = {"frobenius": 2, "l1": 1, "linf": np.inf, "lp3": 3}[norm]
        return power_mean(entries, p), power_mean(entries, dual_of(p))
    if norm in ("columns", "rows"):
        each = np.array([power_mean(v, 2) for v in np.abs(x.T if norm == "columns" else x)])
        return each.max(initial=0), each.sum()
    largest = entries.max(initial=0)
    if largest == 0:
        return 0.0, 0.0
    s = np.linalg.svd(x / largest, compute_uv=False) * largest
    if norm == "ky_fan":
        return s[:2].sum(), max(s[0], s.sum() / 2)
    if norm == "ky_fan_dual":
        return max(s[0], s.sum() / 2), s[:2].sum()
    p = {"spectral": np.inf, "nuclear": 1, "schatten3": 3, "schatten16": 16, "schatten1_5": 1.5}[norm]
    return power_mean(s, p), power_mean(s, dual_of(p))


def dual_of(p):
    """q with 1 / p + 1 / q = 1."""
    return 1 if p == np.inf else np.inf if p == 1 else p / (p - 1)


def orthonormal(rng, rows, cols):
    """Random orthonormal columns."""
    return np.linalg.qr(rng.standard_normal((rows, cols)))[0]


def gradients(rng, n, m):
    """Kinds of gradients, by name."""
    k = min(n, m)

    def with_values(values):
        s = np.zeros(k)
        s[: len(values)] = values[:k]
        return orthonormal(rng, n, k) * s @ orthonormal(rng, m, k).T

    yield "gaussian", rng.standard_normal((n, m))
    for rank in sorted({1, 2, 4, max(1, k // 2)}):
        yield f"rank {rank}", rng.standard_normal((n, rank)) @ rng.standard_normal((rank, m))
    yield "decaying", with_values(np.geomspace(1, 1e-4, k))
    yield "decaying far", with_values(np.geomspace(1, 1e-12, k))
    yield "one and many", with_values(np.r_[1, np.full(k - 1, 0.9e-2)])
    yield "one and many less", with_values(np.r_[1, np.full(k - 1, 1e-3)])
    yield "equal", with_values(np.ones(k))
    yield "scattered", with_values(10 ** -rng.uniform(0, 5, k))
    x = rng.standard_normal((n, m))
    x[:, 0] = 0
    x[-1] = 0
    yield "a zero row and column", x
    x = rng.standard_normal((n, m))
    x[n // 2 :] = x[: n - n // 2]
    yield "duplicate rows", x
    x = 1e-6 * rng.standard_normal((n, m))
    x[0, 0] = 1
    yield "one huge entry", x
    x = np.zeros((n, m))
    x[n // 2, m // 2] = -3
    yield "one entry", x
    yield "ones", np.ones((n, m))
    yield "rows of all sizes", rng.standard_normal((n, m)) * 10 ** rng.uniform(-6, 0, (n, 1))
    yield "columns of all sizes", rng.standard_normal((n, m)) * 10 ** rng.uniform(-6, 0, (1, m))
    yield "zero", np.zeros((n, m))


#: Rounding of the direction as it is stored and of float64 sums, relatively.
STORED = {"f32": 2e-7, "f64": 1e-11, "bf16": 8e-3}
DOUBLE = 1e-10


def check(name, kind, g, phi, certificate, storage):
    """What is wrong with a certificate; empty when nothing is."""
    norm, contract = name.split("__")
    if not np.isfinite(phi).all():
        return ["direction is not finite"]
    _, dual = lengths(norm, g)
    length, _ = lengths(norm, phi)
    attained = float((g * phi).sum()) / max(1.0, length)
    # Rounding of phi changes <G, Phi> by at most so much.
    rounding = STORED[storage] * float((np.abs(g) * np.abs(phi)).sum())
    rounding += STORED[storage] * dual
    tiny = np.finfo(np.float64).tiny
    wrong = []
    if not certificate.bound >= dual * (1 - DOUBLE) - tiny:
        wrong.append(f"bound {certificate.bound:.9e} < dual norm {dual:.9e}"
                     f" (by {1 - certificate.bound / dual:.1e})")
    if not certificate.value <= attained + rounding + tiny:
        wrong.append(f"value {certificate.value:.9e} > attained {attained:.9e}"
                     f" (by {certificate.value / attained - 1 if attained else np.inf:.1e}, length {length:.9f})")
    asked = GAPS.get(contract)
    if asked and certificate.outcome.name == "CONVERGED" and not certificate.gap <= asked * (1 + 1e-9):
        wrong.append(f"gap {certificate.gap:.2e} > {asked}")
    return wrong


def main():
    storage, only, *without = sys.argv[1:]
    dtype = "f32" if storage == "bf16" else storage
    numbers = {"f32": np.float32, "f64": np.float64, "bf16": np.float32}[storage]
    specs = {name: text for name, text in rules(dtype) if re.match(only, name)}
    rng = np.random.default_rng(11)
    shapes = [(64, 64), (96, 33), (24, 80), (300, 40), (9, 200), (1, 7), (5, 1)]
    if dtype == "f32":
        scales = [1, 1e20, 1e-20, 1e30, 1e-37, 1e-42]
    else:
        # The last but one has no room for the sums of bounds above it, the
        # last hardly any digits.
        scales = [1, 1e100, 1e-300, 1e140, 1e-140, 1e-60, 1e60, 1e200, 1e-200, 1e303, 1e-318]
    failures = checks = 0
    for name, text in specs.items():
        rule = steepest.compile(text, without=without)
        worst = {}
        for n, m in shapes:
            for kind, x in gradients(rng, n, m):
                for scale in scales if (n, m) == shapes[1] else scales[:3:2] if n == 24 else [1]:
                    g = (x * scale).astype(numbers)
                    w = np.zeros_like(g)
                    state = rule.init(w)
                    try:
                        report = rule.step(w, g, state)
                    except steepest.SteepestError as error:
                        print(f"{name} {n}x{m} {kind} x {scale:g}: {error}")
                        failures += 1
                        continue
                    checks += 1
                    phi = np.asarray(state["direction"], dtype=np.float64)
                    for wrong in check(name, kind, g.astype(np.float64), phi, report[0], storage):
                        failures += 1
                        key = wrong.split()[0]
                        worst.setdefault(key, []).append(f"{name} {n}x{m} {kind} x {scale:g}: {wrong}")
        for lines in worst.values():
            print(f"{len(lines)} of", *lines[:3], sep="\n  ")
    print(f"{checks} certificates, {failures} wrong")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
