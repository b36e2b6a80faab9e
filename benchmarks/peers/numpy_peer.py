"""NumPy as people use it: its operators, and its LAPACK."""

import concurrent.futures
import ctypes

import numpy as np

from harness.candidates import Candidate, candidate
from peers import polynomials


class _Result:
    value = None


def _matrix(function):
    kept = _Result()

    def run():
        kept.value = function()

    return Candidate(run, lambda: kept.value)


@candidate("matrix", "numpy", "svd")
def svd(problem, settings):
    """U V^T by LAPACK's sgesdd."""

    def function():
        left, _, right = np.linalg.svd(problem.gradient.value, full_matrices=False)
        return left @ right

    return _matrix(function)


@candidate("matrix", "numpy", "newton_schulz")
def newton_schulz(problem, settings):
    def function():
        x = problem.gradient.value
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / np.linalg.norm(x)
        for a, b, c in polynomials.MUON:
            gram = x @ x.T
            x = np.float32(a) * x + (np.float32(b) * gram + np.float32(c) * (gram @ gram)) @ x
        return x.T if tall else x

    return _matrix(function)



@candidate("parameters", "numpy", "step")
def step(problem, settings):
    """Muon, AdamW, SGD and Signum in NumPy, written so that no pass is wasted that
    NumPy can do without."""
    states = []

    def reset():
        states[:] = [
            {"w": p.weight.copy(), "m": np.zeros_like(p.weight), "v": np.zeros_like(p.weight), "t": 0}
            for p in problem.parameters
        ]

    def run():
        for p, s in zip(problem.parameters, states):
            _RULES[p.rule](p, s)

    reset()
    return Candidate(run, lambda: [s["w"] for s in states], reset)


def _muon(p, s):
    h, g = p.hypers, p.gradient
    beta = np.float32(h["beta"])
    s["m"] *= beta
    s["m"] += (1 - beta) * g
    x = beta * s["m"] + (1 - beta) * g
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / np.linalg.norm(x)
    for a, b, c in polynomials.MUON:
        gram = x @ x.T
        x = np.float32(a) * x + (np.float32(b) * gram + np.float32(c) * (gram @ gram)) @ x
    scale = np.sqrt(max(1.0, g.shape[0] / g.shape[1]))
    s["w"] *= np.float32(1 - h["lr"] * h["decay"])
    s["w"] -= np.float32(h["lr"] * scale) * (x.T if tall else x)


def _adamw(p, s):
    h, g = p.hypers, p.gradient
    s["t"] += 1
    b1, b2 = np.float32(h["beta1"]), np.float32(h["beta2"])
    s["m"] *= b1
    s["m"] += (1 - b1) * g
    s["v"] *= b2
    s["v"] += (1 - b2) * (g * g)
    mhat = s["m"] / np.float32(1 - h["beta1"] ** s["t"])
    root = np.sqrt(s["v"] / np.float32(1 - h["beta2"] ** s["t"]))
    root += np.float32(h["epsilon"])
    mhat /= root
    s["w"] *= np.float32(1 - h["lr"] * h["decay"])
    s["w"] -= np.float32(h["lr"]) * mhat


def _sgd(p, s):
    h = p.hypers
    s["m"] *= np.float32(h["beta"])
    s["m"] += np.float32(1 - h["beta"]) * p.gradient
    s["w"] -= np.float32(h["lr"]) * s["m"]


def _signum(p, s):
    h = p.hypers
    s["m"] *= np.float32(h["beta"])
    s["m"] += np.float32(1 - h["beta"]) * p.gradient
    s["w"] *= np.float32(1 - h["lr"] * h["decay"])
    s["w"] -= np.float32(h["lr"]) * np.sign(s["m"])


_RULES = {"muon": _muon, "adamw": _adamw, "sgd": _sgd, "signum": _signum}


@candidate("copy", "numpy", "copy")
def copy(problem, settings):
    """The bandwidth to reach: as many floats as the problem has, copied by the C
    library (which goes past the caches when there are many), a part by each thread."""
    source = np.ones(problem.elements, np.float32)
    target = np.zeros_like(source)
    size = -(-source.nbytes // settings.threads)
    pool = concurrent.futures.ThreadPoolExecutor(settings.threads)
    parts = [
        (target.ctypes.data + at, source.ctypes.data + at, min(size, source.nbytes - at))
        for at in range(0, source.nbytes, size)
    ]
    # ctypes lets go of the interpreter during a call.
    move = ctypes.CDLL(None).memcpy
    move.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]

    def run():
        for done in [pool.submit(move, *part) for part in parts]:
            done.result()

    # The calls know addresses alone: the result keeps both arrays alive.
    return Candidate(run, lambda: (source, target)[1])
