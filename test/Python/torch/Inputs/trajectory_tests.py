"""Trajectories beside those of `torch.optim`."""

import unittest
from unittest import mock

import torch
import torch.optim._muon as torch_muon
from problems import Same, problem, run

from steepest.torch import Optimizer


class Trajectories(Same):
    """A hundred steps beside `torch.optim`."""

    def beside(self, ours, theirs, dtype, atol, steps=100):
        left, right = problem(dtype), problem(dtype)
        mine, other = ours(left[0]), theirs(right[0])
        for _ in range(steps):
            for optimizer, (_, loss) in ((mine, left), (other, right)):
                run(optimizer, loss, 1)
        self.assertClose(left[0], right[0], atol)

    def types(self):
        # A hundred roundings of weights of size one, carried along.
        return (torch.float32, 1e-4), (torch.float64, 1e-12)

    def test_sgd(self):
        for dtype, atol in self.types():
            for decay in (0.0, 0.1):
                self.beside(
                    lambda p: Optimizer(p, "heavy_ball", lr=0.05, beta=0.9, decay=decay),
                    lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=decay),
                    dtype,
                    atol,
                )

    def test_adamw(self):
        for dtype, atol in self.types():
            self.beside(
                lambda p: Optimizer(p, "adamw", lr=0.01, beta1=0.8, beta2=0.99, decay=0.1),
                lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.99), weight_decay=0.1),
                dtype,
                atol,
            )

    def muon(self, dtype, atol, steps=100):
        self.beside(
            lambda p: Optimizer(p, "muon", lr=0.002, beta=0.9, decay=0.1),
            lambda p: torch.optim.Muon(p, lr=0.002, momentum=0.9, weight_decay=0.1),
            dtype,
            atol,
            steps,
        )

    def test_muon(self):
        """PyTorch's rounds to bfloat16 in between; with its arithmetic in the type of the
        parameters both are the same.
        """

        def exact(gradient, coefficients, steps, eps):
            a, b, c = coefficients
            x = gradient.T if gradient.size(0) > gradient.size(1) else gradient
            x = x / x.norm().clamp(min=eps)
            for _ in range(steps):
                gram = x @ x.T
                x = a * x + (b * gram + c * gram @ gram) @ x
            return x.T if gradient.size(0) > gradient.size(1) else x

        with mock.patch.object(torch_muon, "_zeropower_via_newtonschulz", exact):
            # The polynomials multiply differences of small singular values by up to
            # 3.4^5 of a step.
            for dtype, atol in ((torch.float32, 1e-4), (torch.float64, 1e-12)):
                self.muon(dtype, atol)
        # One step, relative to which bfloat16 rounds.
        self.muon(torch.float32, 0.002 * 0.1, steps=1)


if __name__ == "__main__":
    unittest.main()
