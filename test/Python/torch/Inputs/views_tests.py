"""Parameters that are not stepped as the matrices that they are."""

import unittest

import torch
from problems import Same

import steepest
from steepest.torch import Optimizer


class Views(Same):
    def test_blocks_are_matrices_of_their_own(self):
        for split, parts in (
            ((2, 1), lambda w: [w[:3], w[3:]]),
            ((1, 2), lambda w: [w[:, :4], w[:, 4:]]),
            ((2, 2), lambda w: [w[:3, :4], w[:3, 4:], w[3:, :4], w[3:, 4:]]),
            (2, lambda w: [w[:3], w[3:]]),
        ):
            for name in ("muon", "adamw", "shampoo", "normuon"):
                with self.subTest(split=split, name=name):
                    whole = torch.nn.Parameter(torch.randn(6, 8))
                    apart = [torch.nn.Parameter(p.clone()) for p in parts(whole.detach())]
                    optimizer = Optimizer([{"params": [whole], "split": split}], name)
                    other = Optimizer([{"params": apart}], name)
                    for _ in range(2):
                        whole.grad = torch.randn(6, 8)
                        for p, g in zip(apart, parts(whole.grad)):
                            p.grad = g.clone()
                        optimizer.step()
                        other.step()
                    self.assertSame(parts(whole), apart)
                    directions = len(steepest.compile(name).directions)
                    report = optimizer.report()[0].report
                    self.assertEqual(len(report), len(apart) * directions)
                    saved = optimizer.state_dict()
                    optimizer.load_state_dict(saved)
                    optimizer.step()

    def test_heads_are_blocks_of_rows(self):
        tokens, width, heads = 5, 8, 4
        torch.manual_seed(0)
        query = torch.nn.Linear(width, 12, bias=False)
        x = torch.randn(tokens, width)
        # What is called a head is what attention takes as one.
        outputs = query(x).view(tokens, heads, -1).unbind(1)
        for output, w in zip(outputs, query.weight.chunk(heads), strict=True):
            torch.testing.assert_close(output, x @ w.T)
        for name in ("muon", "normuon"):
            with self.subTest(name):
                whole = torch.nn.Parameter(query.weight.detach().clone())
                apart = [torch.nn.Parameter(w.clone()) for w in whole.detach().chunk(heads)]
                optimizer = Optimizer([{"params": [whole], "per_head": heads}], name)
                other = Optimizer([{"params": apart}], name)
                for _ in range(2):
                    whole.grad = torch.randn(12, width)
                    for p, g in zip(apart, whole.grad.chunk(heads), strict=True):
                        p.grad = g.clone()
                    optimizer.step()
                    other.step()
                self.assertSame(whole.chunk(heads), apart)

    def test_a_group_chooses_between_heads_and_blocks(self):
        def parameters(given, group):
            torch.manual_seed(0)
            weight = torch.nn.Parameter(torch.randn(6, 4))
            weight.grad = torch.randn(6, 4)
            Optimizer([{"params": [weight], **group}], "muon", **given).step()
            return weight

        rows, columns = parameters({"split": (2, 1)}, {}), parameters({"split": (1, 2)}, {})
        self.assertFalse(torch.equal(rows, columns))
        self.assertSame([parameters({"per_head": 2}, {})], [rows])
        self.assertSame([parameters({"per_head": 2}, {"split": (1, 2)})], [columns])
        self.assertSame([parameters({"split": (1, 2)}, {"per_head": 2})], [rows])
        # Embeddings, heads of models, norms and biases stay whole.
        model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Linear(6, 4))
        groups = Optimizer(model, "muon", per_head=2).param_groups
        self.assertEqual([group["per_head"] for group in groups], [2, None])

    def test_heads_may_be_told_later_and_are_saved(self):
        weight = torch.nn.Parameter(torch.randn(6, 4))
        optimizer = Optimizer([{"params": [weight]}], "muon")
        for heads in (None, 3):
            optimizer.param_groups[0]["per_head"] = heads
            weight.grad = torch.ones(6, 4)
            optimizer.step()
            self.assertEqual(len(optimizer.report()[0].report), heads or 1)
        saved = optimizer.state_dict()
        self.assertEqual(saved["param_groups"][0]["per_head"], 3)
        # A state of a version without heads.
        del saved["param_groups"][0]["per_head"]
        optimizer.load_state_dict(saved)
        optimizer.step()
        self.assertEqual(len(optimizer.report()[0].report), 1)

    def test_convolutions_are_matrices(self):
        weight = torch.nn.Parameter(torch.randn(8, 3, 2, 2))
        flat = torch.nn.Parameter(weight.detach().flatten(1).clone())
        for parameter in (weight, flat):
            parameter.grad = torch.ones_like(parameter)
            Optimizer([{"params": [parameter]}], "muon").step()
        self.assertSame([weight.flatten(1)], [flat])

    def test_entries_in_any_layout(self):
        shapes = [(), (5,), (3, 4), (2, 3, 4), (2, 3, 4, 5)]
        tensors = [torch.randn(shape) for shape in shapes]
        tensors.append(torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last))
        tensors.append(torch.randn(4, 3).T)
        for tensor in tensors:
            parameter = torch.nn.Parameter(tensor.clone())
            other = torch.nn.Parameter(tensor.clone())
            self.assertEqual(parameter.stride(), tensor.stride())
            mine = Optimizer([{"params": [parameter]}], "adamw", decay=0.1)
            theirs = torch.optim.AdamW([other], weight_decay=0.1)
            for _ in range(3):
                parameter.grad = torch.randn_like(tensor)
                other.grad = parameter.grad.clone()
                mine.step()
                theirs.step()
            self.assertClose([parameter], [other], 1e-6)

    def test_a_slice_of_a_larger_tensor(self):
        wide = torch.randn(6, 10)
        rest = wide[:, 4:].clone()
        parameter = torch.nn.Parameter(wide[:, :4])
        other = torch.nn.Parameter(wide[:, :4].clone())
        for name in ("muon", "adamw"):
            optimizers = [Optimizer([{"params": [p]}], name) for p in (parameter, other)]
            for _ in range(2):
                parameter.grad, other.grad = torch.ones(6, 4), torch.ones(6, 10)[:, :4]
                for optimizer in optimizers:
                    optimizer.step()
            self.assertSame([parameter, wide[:, 4:]], [other, rest])


if __name__ == "__main__":
    unittest.main()
