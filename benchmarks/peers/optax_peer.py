"""optax under jit, its arguments donated so that nothing is copied."""

import numpy as np

from harness.candidates import Candidate, candidate, need
from peers import polynomials


def _parameter(p):
    """optax reads a weight as input x output, PyTorch and we as output x input."""
    return p.weight.T if p.rule == "muon" else p.weight


@candidate("parameters", "optax", "step")
def step(problem, settings):
    """contrib.muon for matrices, adamw, sgd or signum for the rest, in one compiled step."""
    jax, optax = need("jax"), need("optax")
    rules = [p.rule for p in problem.parameters]

    def transformation(rule):
        h = next(p.hypers for p in problem.parameters if p.rule == rule)
        if rule == "muon":
            return need("optax.contrib").muon(
                h["lr"], ns_coeffs=polynomials.MUON[0], ns_steps=5, beta=h["beta"],
                weight_decay=h["decay"], nesterov=True,
            )  # fmt: skip
        if rule == "adamw":
            return optax.adamw(
                h["lr"], b1=h["beta1"], b2=h["beta2"], eps=h["epsilon"], weight_decay=h["decay"]
            )
        if rule == "sgd":
            return optax.chain(optax.ema(h["beta"], debias=False), optax.scale(-h["lr"]))
        return optax.chain(
            optax.ema(h["beta"], debias=False),
            optax.scale_by_sign(),
            optax.add_decayed_weights(h["decay"]),
            optax.scale(-h["lr"]),
        )

    kinds = sorted(set(rules))
    if len(kinds) == 1:
        optimizer = transformation(kinds[0])
    else:
        optimizer = optax.partition({rule: transformation(rule) for rule in kinds}, rules)

    def one(parameters, state, gradients):
        updates, state = optimizer.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state

    compiled = jax.jit(one, donate_argnums=(0, 1))
    gradients = [
        jax.numpy.asarray(p.gradient.T if p.rule == "muon" else p.gradient)
        for p in problem.parameters
    ]
    held = {}

    def reset():
        held["w"] = [jax.numpy.array(_parameter(p)) for p in problem.parameters]
        held["s"] = jax.jit(optimizer.init)(held["w"])

    def run():
        held["w"], held["s"] = compiled(held["w"], held["s"], gradients)
        jax.block_until_ready(held["w"])

    def result():
        return [
            np.array(w).T if p.rule == "muon" else np.array(w)
            for w, p in zip(held["w"], problem.parameters)
        ]

    reset()
    return Candidate(run, result, reset)


def _jitted(problem, function):
    jax = need("jax")
    gradient = jax.numpy.asarray(problem.gradient.value)
    compiled = jax.jit(function)
    kept = [None]

    def run():
        kept[0] = jax.block_until_ready(compiled(gradient))

    return Candidate(run, lambda: np.array(kept[0]))


@candidate("matrix", "optax", "newton_schulz")
def newton_schulz(problem, settings):
    """optax's own five steps under jit."""
    jax, muon = need("jax"), need("optax.contrib._muon")
    table = jax.numpy.asarray(polynomials.MUON[0])
    return _jitted(problem, lambda g: muon.orthogonalize_via_newton_schulz(g, table, 5))


@candidate("matrix", "optax", "qdwh")
def qdwh(problem, settings):
    """JAX's polar decomposition by QDWH."""
    need("jax")
    polar = need("jax.scipy.linalg").polar
    if problem.gradient.value.shape[0] >= problem.gradient.value.shape[1]:
        return _jitted(problem, lambda g: polar(g, method="qdwh")[0])
    return _jitted(problem, lambda g: polar(g.T, method="qdwh")[0].T)
