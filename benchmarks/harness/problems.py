"""What the candidates of a suite are given: `build(task, case, settings)`."""

import math
import tomllib

import numpy as np

from harness.environment import available_bytes
from harness.matrices import Gradient, orthonormal
from harness.settings import FOLDER

HYPERS = {
    "muon": {"lr": 0.02, "beta": 0.95, "decay": 0.1},
    "adamw": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "decay": 0.1},
    "sgd": {"lr": 1e-1, "beta": 0.9},
    "signum": {"lr": 1e-3, "beta": 0.9, "decay": 0.1},
}

# What stays free for everything but the arrays of a problem.
_RESERVE = 3 << 30


class TooLarge(Exception):
    """The machine has not enough memory that is free."""


def _require(size):
    free = available_bytes() - _RESERVE
    if size > free:
        raise TooLarge(f"needs {size / 2**30:.1f} GiB, {max(free, 0) / 2**30:.1f} GiB are free")


class Matrix:
    """A gradient, and a weight where the task has one."""

    weight = None

    def __init__(self, case):
        self.rows, self.cols = case["shape"]
        self.gradient = Gradient(
            self.rows, self.cols, case.get("kind", "gaussian"), case.get("lowest", 1e-2)
        )
        self.label = f"{self.rows}x{self.cols} {case.get('kind', 'gaussian')}"
        self.size = self.rows


class Manifold(Matrix):
    """A gradient at a weight with orthonormal columns."""

    def __init__(self, case):
        super().__init__(case)
        random = np.random.default_rng(2)
        self.weight = orthonormal(self.rows, self.cols, random).astype(np.float32)


class Sphere(Matrix):
    """A gradient at a weight whose largest singular value is one."""

    def __init__(self, case):
        super().__init__(case)
        weight = np.random.default_rng(2).standard_normal((self.rows, self.cols))
        self.weight = (weight / np.linalg.norm(weight, 2)).astype(np.float32)


class Stream(Manifold):
    """Gradients with a common part and as much noise, as training gives them."""

    def __init__(self, case):
        super().__init__(case)
        random = np.random.default_rng(3)
        common = self.gradient.value
        self.gradients = [
            common + np.float32(case.get("noise", 1.0)) * random.standard_normal(
                common.shape, np.float32
            )
            for _ in range(case.get("length", 8))
        ]  # fmt: skip


class Parameter:
    def __init__(self, shape, rule, random):
        self.rule, self.hypers = rule, HYPERS[rule]
        scale = np.float32(1 / math.sqrt(shape[-1]))
        self.weight = random.standard_normal(shape, np.float32)
        self.weight *= scale
        self.gradient = random.standard_normal(shape, np.float32)
        self.gradient *= np.float32(1e-2)


class Parameters:
    """The parameters of a model, by the table of a file, or `elements` of one."""

    def __init__(self, case):
        random = np.random.default_rng(4)
        if "elements" in case:
            groups = [{"shape": [case["elements"]], "rule": case["rule"]}]
            self.label = f"{case['elements']:.0e} elements"
        else:
            with open(FOLDER / case["model"], "rb") as file:
                table = tomllib.load(file)
            groups = table["group"]
            self.label = table["name"]
        shapes = [
            (group["shape"], case.get("rule") or group["rule"])
            for group in groups
            for _ in range(group.get("times", 1))
        ]
        self.elements = sum(math.prod(shape) for shape, _ in shapes)
        self.size = self.elements
        _require(case.get("arrays", 4) * 4 * self.elements)
        self.parameters = [Parameter(shape, rule, random) for shape, rule in shapes]
        if "rule" in case:
            self.label += f", {case['rule']}"
        self.bytes_moved = 4 * self.elements


_TASKS = {
    "matrix": Matrix,
    "manifold": Manifold,
    "sphere": Sphere,
    "stream": Stream,
    "parameters": Parameters,
}


def build(task, case):
    if task not in _TASKS:
        raise KeyError(f"expected one of {', '.join(_TASKS)}, got '{task}'")
    return _TASKS[task](case)
