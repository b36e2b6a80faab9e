"""Which rule steps which parameter, and what a step says of each."""

import unittest

import torch

import steepest
import steepest.torch
from steepest.torch import Optimizer


class Policy(unittest.TestCase):
    def model(self):
        return torch.nn.ModuleDict(
            {
                "wte": torch.nn.Embedding(11, 8),
                "block": torch.nn.Sequential(
                    torch.nn.LayerNorm(8), torch.nn.Linear(8, 16), torch.nn.Linear(16, 8)
                ),
                "conv": torch.nn.Conv1d(8, 8, 3),
                "logits_of": torch.nn.Linear(8, 11, bias=False),
                "classifier": torch.nn.Linear(8, 2),
            }
        )

    def piles(self, optimizer):
        return [(g["optimizer"], g.get("param_names")) for g in optimizer.param_groups]

    def test_of_a_model(self):
        others = [
            "wte.weight",
            "block.0.weight",
            "block.0.bias",
            "block.1.bias",
            "block.2.bias",
            "conv.bias",
            "logits_of.weight",
            "classifier.weight",
            "classifier.bias",
        ]
        optimizer = Optimizer(self.model(), "muon", lr=0.3, others_options={"lr": 0.1})
        self.assertEqual(
            self.piles(optimizer),
            [("muon", ["block.1.weight", "block.2.weight", "conv.weight"]), ("adamw", others)],
        )
        self.assertEqual([g["lr"] for g in optimizer.param_groups], [0.3, 0.1])

    def test_of_names(self):
        optimizer = Optimizer(self.model().named_parameters(), "muon", others="sgd")
        matrices = ["block.1.weight", "block.2.weight", "conv.weight", "logits_of.weight"]
        self.assertEqual(self.piles(optimizer)[0], ("muon", matrices))
        self.assertEqual(self.piles(optimizer)[1][0], "sgd")

    def test_of_dimensions(self):
        optimizer = Optimizer(self.model().parameters(), "muon")
        sizes = [len(g["params"]) for g in optimizer.param_groups]
        self.assertEqual(sizes, [6, 6])

    def test_a_rule_for_entries_takes_all(self):
        self.assertEqual(len(Optimizer(self.model(), "adamw").param_groups), 1)
        with self.assertRaisesRegex(steepest.SteepestError, "others_options are for none"):
            Optimizer(self.model(), "adamw", others_options={"lr": 0.1})

    def test_tied_weights_are_embeddings(self):
        model = self.model()
        model["logits_of"].weight = model["wte"].weight
        names = self.piles(Optimizer(model, "muon"))[1][1]
        self.assertEqual(names.count("wte.weight"), 1)
        self.assertNotIn("logits_of.weight", names)


class Reports(unittest.TestCase):
    def test_certificates_by_parameter(self):
        model = torch.nn.Linear(6, 4)
        rule = steepest.build(norm="spectral", accuracy=0.01, name="muon_close")
        optimizer = Optimizer(model, rule)
        self.assertEqual(optimizer.report(), [])
        model(torch.ones(3, 6)).sum().backward()
        optimizer.step()
        first, second = steepest.torch.report(optimizer)
        self.assertEqual((first.name, first.optimizer), ("weight", "muon_close"))
        self.assertIs(first.parameter, model.weight)
        self.assertEqual(first.report[0].direction.norm, "spectral")
        self.assertLess(first.report.gap, 0.01)
        self.assertIn("weight (muon_close): spectral", str(first))
        self.assertEqual(second.optimizer, "adamw")


if __name__ == "__main__":
    unittest.main()
