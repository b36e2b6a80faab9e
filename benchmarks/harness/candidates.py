"""What can be timed, by name: `@candidate(task, peer, method)` registers a function
(problem, settings, **options) -> Candidate."""

import importlib

_PEERS = ["steepest", "numpy", "openblas", "torch", "optax", "emerging", "manifolds"]
_registry = {}


class Absent(Exception):
    """A library that a peer needs is not installed; the message names it."""


class Candidate:
    """`run()` is timed. `result()` is what the last run left, as NumPy arrays;
    `reset()` goes back to the beginning, so that every candidate's first step can
    be compared.
    """

    def __init__(self, run, result, reset=lambda: None, certificate=None):
        self.run, self.result, self.reset = run, result, reset
        # For solvers of the dual: the multiplier, from which the bound follows.
        self.certificate = certificate


def candidate(task, peer, method):
    def register(function):
        _registry[task, peer, method] = function
        return function

    return register


def load_peers():
    for name in _PEERS:
        importlib.import_module(f"peers.{name}_peer")


def make(task, entry, problem, settings):
    """The candidate that a suite's entry describes."""
    options = dict(entry)
    peer, method = options.pop("peer"), options.pop("method")
    options.pop("name", None)
    options.pop("tolerance", None)
    if (task, peer, method) not in _registry:
        known = sorted(f"{p}.{m}" for t, p, m in _registry if t == task)
        raise KeyError(f"expected one of {', '.join(known)} for '{task}', got '{peer}.{method}'")
    return _registry[task, peer, method](problem, settings, **options)


def need(module):
    """Imports an optional library."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Absent(f"{module.split('.')[0]} is not installed ({error})") from error
