"""A PyTorch optimizer whose gradients the trainer vouches for."""

import copy
import math
import unittest

import steepest
import torch
from steepest.torch import Optimizer


class FiniteGradients(unittest.TestCase):
    def trained(self, gradients, **options):
        """The parameters after a step for each of the lists of gradients."""
        torch.manual_seed(5)
        parameters = [torch.nn.Parameter(torch.randn(n, 7)) for n in (4, 9)]
        optimizer = Optimizer([{"params": parameters}], "sgd", **options)
        for step in gradients:
            for parameter, gradient in zip(parameters, step, strict=True):
                parameter.grad = gradient.clone()
            optimizer.step()
        return parameters, optimizer

    def gradients(self):
        torch.manual_seed(6)
        return [[torch.randn(n, 7) for n in (4, 9)] for _ in range(3)]

    def test_the_same_bits(self):
        checked, _ = self.trained(self.gradients())
        vouched, _ = self.trained(self.gradients(), finite_gradients=True)
        for one, other in zip(checked, vouched, strict=True):
            self.assertTrue(torch.equal(one, other))

    def test_what_a_false_promise_gives(self):
        gradients = self.gradients()[:1]
        gradients[0][0][1, 2] = math.nan
        with self.assertRaises(steepest.StepError):
            self.trained(gradients)
        parameters, _ = self.trained(gradients, finite_gradients=True)
        self.assertEqual(parameters[0].isnan().sum(), 1)
        self.assertTrue(parameters[0][1, 2].isnan())
        self.assertFalse(parameters[1].isnan().any())

    def test_a_copy_keeps_the_promise(self):
        gradients = self.gradients()[:1]
        _, optimizer = self.trained(gradients, finite_gradients=True)
        clone = copy.deepcopy(optimizer)
        for parameter in clone.param_groups[0]["params"]:
            parameter.grad = torch.full_like(parameter, math.nan)
        clone.step()


if __name__ == "__main__":
    unittest.main()
