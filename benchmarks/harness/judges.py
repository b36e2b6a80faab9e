"""What is asked of a result before its time counts. A judge takes the problem, the
candidate (which has just made its first step) and the limits of the suite, and
returns a Verdict."""

import numpy as np

from harness import accuracy
from peers import polynomials


class Verdict:
    """What was measured, in words for the table, and whether it is within bounds."""

    def __init__(self, within, **measured):
        self.within, self.measured = bool(within), measured

    def text(self):
        return ", ".join(f"{k} {v:.2g}" for k, v in self.measured.items())


def _polynomial(problem, candidate, case, entry, first):
    """The same polynomial, to rounding: relative error against float64."""
    if not hasattr(problem, "reference"):
        problem.reference = accuracy.polynomial(problem.gradient.value, polynomials.MUON)
    error = accuracy.relative_error(candidate.result(), problem.reference)
    return Verdict(error <= entry.get("tolerance", case["tolerance"]), error=error)


def _band(problem, candidate, case, entry, first):
    """Singular values of the result within `error` of one. (A tenth of a percent is
    left for rounding, where a method is exactly at the limit.)"""
    error = accuracy.band_error(candidate.result(), problem.gradient, case["lowest"])
    return Verdict(error <= case["error"] * 1.001, error=error)


def _gap(problem, candidate, case, entry, first):
    """The certificate of the direction on the Stiefel manifold, by one formula for
    everybody, in float64. Solvers that hand out a multiplier give a better bound;
    of ours, which reports the bound itself, both must agree on the value."""
    multiplier = candidate.certificate() if candidate.certificate else None
    reported = None
    if hasattr(multiplier, "gap"):
        reported, multiplier = multiplier, None
    result = accuracy.Certificate(
        problem.weight, problem.gradient.value, candidate.result(), multiplier
    )
    if reported is None:
        return Verdict(result.gap <= case["gap"], gap=result.gap, tangency=result.tangency)
    # Our bound, which no direction may exceed, with the value found in float64.
    gap = (reported.bound - result.value) / reported.bound
    sound = result.value <= reported.bound * (1 + 1e-5)
    return Verdict(sound and gap <= case["gap"], gap=gap, tangency=result.tangency)


def _sphere_gap(problem, candidate, case, entry, first):
    """The certificate on the spectral sphere: V = u v^T of the largest singular value,
    value = <G, F>, F = Phi - V <V, Phi> scaled to length one, bound the least nuclear
    norm ||G + lambda V||_*."""
    weight = np.asarray(problem.weight, np.float64)
    gradient = np.asarray(problem.gradient.value, np.float64)
    left, _, right = np.linalg.svd(weight, full_matrices=False)
    normal = np.outer(left[:, 0], right[0])
    phi = np.asarray(candidate.result(), np.float64)
    tangency = abs(float(np.vdot(normal, phi)))
    feasible = phi - normal * np.vdot(normal, phi)
    feasible /= max(1.0, np.linalg.norm(feasible, 2))
    value = float(np.vdot(gradient, feasible))
    if not hasattr(problem, "bound"):
        problem.bound = accuracy.least_nuclear(gradient, normal)
    gap = (problem.bound - value) / problem.bound
    return Verdict(gap <= case["gap"], gap=gap, tangency=tangency)


def _reported_gap(problem, candidate, case, entry, first):
    """The certificate that the step itself reports, after a turn of the stream."""
    if not candidate.certificate:
        return Verdict(True)
    for _ in range(2 * len(problem.gradients)):
        candidate.run()
    made = candidate.certificate()
    return Verdict(made.gap <= case["gap"], gap=made.gap, iterations=made.iterations)


def _bits(problem, candidate, case, entry, first):
    """The same bits as the first candidate."""
    ours, theirs = candidate.result(), first.result()
    pair = [(ours, theirs)] if isinstance(ours, np.ndarray) else zip(ours, theirs)
    return Verdict(all(np.array_equal(a, b) for a, b in pair))


def _reference_step(parameter):
    """One step from zero states, in float64."""
    h = parameter.hypers
    w, g = (np.asarray(x, np.float64) for x in (parameter.weight, parameter.gradient))
    if parameter.rule == "sgd":
        return w - h["lr"] * (1 - h["beta"]) * g
    kept = w * (1 - h["lr"] * h["decay"])
    if parameter.rule == "adamw":
        return kept - h["lr"] * g / (np.abs(g) + h["epsilon"])
    if parameter.rule == "signum":
        return kept - h["lr"] * np.sign(g)
    phi = accuracy.polynomial(g, polynomials.MUON)
    return kept - h["lr"] * np.sqrt(max(1.0, w.shape[0] / w.shape[1])) * phi


def _sample(problem):
    """One parameter of every shape and rule."""
    seen = {}
    for index, parameter in enumerate(problem.parameters):
        seen.setdefault((parameter.rule, parameter.weight.shape), index)
    return sorted(seen.values())


def _step(problem, candidate, case, entry, first):
    """The change of one parameter of every shape after the first step, against
    float64, relative; by rule. `free`: matrices are held to a band instead."""
    results = candidate.result()
    if not hasattr(problem, "references"):
        problem.references, problem.spectra = {}, {}
    measured, within = {}, True
    for index in _sample(problem):
        parameter = problem.parameters[index]
        if parameter.rule == "muon" and entry.get("free"):
            error = _free_error(problem, index, results[index], case["lowest"])
            name, limit = "band", case["error"]
        else:
            if index not in problem.references:
                problem.references[index] = _reference_step(parameter) - parameter.weight
            change = np.asarray(results[index], np.float64) - parameter.weight
            error = accuracy.relative_error(change, problem.references[index])
            name = parameter.rule
            limit = entry.get("tolerance", case["tolerance"]) if name == "muon" else 1e-3
        measured[name] = max(measured.get(name, 0.0), error)
        within = within and error <= limit
    return Verdict(within, **measured)


def _free_error(problem, index, result, lowest):
    parameter = problem.parameters[index]
    h, (rows, cols) = parameter.hypers, parameter.weight.shape
    if index not in problem.spectra:
        gradient = type("Gradient", (), {"left": None, "value": parameter.gradient})()
        problem.spectra[index] = gradient
    kept = np.asarray(parameter.weight, np.float64) * (1 - h["lr"] * h["decay"])
    phi = (kept - result) / (h["lr"] * np.sqrt(max(1.0, rows / cols)))
    return accuracy.band_error(phi, problem.spectra[index], lowest)


def _none(problem, candidate, case, entry, first):
    return Verdict(True)


_JUDGES = {
    "polynomial": _polynomial,
    "band": _band,
    "gap": _gap,
    "sphere_gap": _sphere_gap,
    "reported_gap": _reported_gap,
    "bits": _bits,
    "step": _step,
    "none": _none,
}


def judge(name, problem, candidate, case, entry, first):
    if name not in _JUDGES:
        raise KeyError(f"expected one of {', '.join(_JUDGES)}, got '{name}'")
    return _JUDGES[name](problem, candidate, case, entry, first)
