"""What the tests of the PyTorch optimizer share: small problems and comparisons."""

import functools
import unittest

import torch

#: One for each way of having states, and what its groups may change.
RULES = {
    "sgd": {"lr": 0.1, "beta": 0.5},
    "adamw": {"lr": 0.01, "decay": 0.1},
    "signsgd": {"lr": 0.02},
    "muon": {"lr": 0.05, "decay": 0.1},
    "shampoo": {"lr": 0.1},
    "normuon": {"lr": 0.05},
}


def problem(dtype=torch.float32, seed=0, shape=(6, 4)):
    """A quadratic in two matrices with a closure that has gradients of it."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*extents):
        return torch.randn(*extents, generator=generator, dtype=torch.float64).to(dtype)

    parameters = [torch.nn.Parameter(draw(*shape)), torch.nn.Parameter(draw(shape[1], 3))]
    left, target = draw(5, shape[0]), draw(5, 3)

    def loss():
        return (left @ parameters[0] @ parameters[1] - target).float().square().mean()

    return parameters, loss


def run(optimizer, loss, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def copies(parameters):
    return [p.detach().clone() for p in parameters]


def each_rule(test):
    """Runs a test for every rule of the table."""

    @functools.wraps(test)
    def run_all(self):
        for name, options in RULES.items():
            with self.subTest(name):
                test(self, name, options, *problem())

    return run_all


class Same(unittest.TestCase):
    def assertSame(self, left, right):
        for a, b in zip(left, right, strict=True):
            torch.testing.assert_close(a.detach(), b.detach(), rtol=0, atol=0)

    def assertClose(self, left, right, atol):
        for a, b in zip(left, right, strict=True):
            torch.testing.assert_close(a.detach(), b.detach(), rtol=0, atol=atol)
