"""The PyTorch optimizer on a GPU: numbers, streams, graphs, devices."""

import math
import unittest

import torch
from problems import RULES, Same, copies, problem, run

import steepest
from steepest.torch import Optimizer


def on_gpu(dtype=torch.float32):
    """The problem, its parameters and its loss on the GPU."""
    parameters, _ = problem(dtype)
    generator = torch.Generator().manual_seed(1)
    left = torch.randn(5, 6, generator=generator).to("cuda", dtype)
    target = torch.randn(5, 3, generator=generator).to("cuda", dtype)
    moved = [torch.nn.Parameter(p.detach().cuda()) for p in parameters]
    alike = [torch.nn.Parameter(p.detach().clone()) for p in parameters]

    def loss_of(own, device):
        x, y = left.to(device), target.to(device)
        return lambda: (x @ own[0] @ own[1] - y).float().square().mean()

    return (moved, loss_of(moved, "cuda")), (alike, loss_of(alike, "cpu"))


class OnGpu(Same):
    def assertNear(self, left, right, atol):
        self.assertClose([p.cpu() for p in left], [p.cpu() for p in right], atol)

    def test_the_same_as_on_the_cpu(self):
        for name, options in RULES.items():
            with self.subTest(name):
                (ours, loss), (theirs, other_loss) = on_gpu()
                try:
                    optimizer = Optimizer(ours, name, **options)
                    run(optimizer, loss, 5)
                except steepest.CompileError as error:
                    # What has no code for GPUs says so.
                    self.assertRegex(str(error), "expects|expected")
                    continue
                optimizer.check()
                run(Optimizer(theirs, name, **options), other_loss, 5)
                self.assertNear(ours, theirs, 1e-3)

    def test_narrow_types_with_a_master(self):
        (ours, loss), _ = on_gpu(torch.bfloat16)
        optimizer = Optimizer(ours, "adamw", master=True)
        run(optimizer, loss, 2)
        optimizer.check()
        self.assertEqual(optimizer.state[ours[0]]["master_w"].dtype, torch.float32)

    def test_another_stream(self):
        (ours, loss), (theirs, other_loss) = on_gpu()
        optimizer = Optimizer(ours, "adamw")
        run(optimizer, loss, 1)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            run(optimizer, loss, 2)
        torch.cuda.current_stream().wait_stream(side)
        run(Optimizer(theirs, "adamw"), other_loss, 3)
        self.assertNear(ours, theirs, 1e-5)

    def test_a_graph_reads_the_rate_anew(self):
        (ours, loss), (theirs, other_loss) = on_gpu()
        rate = torch.tensor(0.1, device="cuda")
        optimizer = Optimizer(ours, "adamw", lr=rate, capturable=True)
        other = Optimizer(theirs, "adamw")

        def step():
            optimizer.zero_grad(set_to_none=False)
            loss().backward()
            optimizer.step()

        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            step()
            step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        for value in (0.1, 0.05, 0.2):
            rate.fill_(value)
            graph.replay()
        optimizer.check()
        for value in (0.1, 0.1, 0.1, 0.05, 0.2):
            other.param_groups[0]["lr"] = value
            run(other, other_loss, 1)
        self.assertNear(ours, theirs, 1e-4)

    def test_a_scaler_passes_over_infinities(self):
        (ours, loss), _ = on_gpu()
        optimizer = Optimizer(ours, "muon")
        scaler = torch.amp.GradScaler("cuda", init_scale=2.0**8)
        scaler.scale(loss()).backward()
        ours[0].grad[0, 0] = math.inf
        before = copies(ours)
        scaler.step(optimizer)
        scaler.update()
        self.assertSame(ours, before)

    def test_nans_are_known_to_check(self):
        (ours, loss), _ = on_gpu()
        optimizer = Optimizer([{"params": ours}], "muon")
        loss().backward()
        ours[0].grad[1, 1] = math.nan
        before = copies(ours)
        optimizer.step()
        with self.assertRaisesRegex(steepest.StepError, r"parameter 0 \(muon\): nonfinite"):
            optimizer.check()
        self.assertSame(ours[:1], before[:1])
        self.assertFalse(torch.equal(ours[1], before[1]))

    def test_parameters_on_both(self):
        (ours, loss), (theirs, other_loss) = on_gpu()
        expected = copies(theirs)
        optimizer = Optimizer([{"params": [ours[0], theirs[1]]}], "signsgd", lr=0.5)
        for f in (loss, other_loss):
            f().backward()
        optimizer.step()
        for parameter, before in ((ours[0], expected[0]), (theirs[1], expected[1])):
            moved = (parameter.detach().cpu() - before).abs()
            self.assertClose([moved], [torch.full_like(moved, 0.5)], 1e-6)
        self.assertEqual([r.name for r in optimizer.report()], ["parameter 0", "parameter 1"])

    def test_dlpack_arrays(self):
        muon, host = steepest.compile("muon", target="cuda"), steepest.compile("muon")
        w, g = torch.randn(6, 4, device="cuda"), torch.randn(6, 4, device="cuda")
        other, state = w.cpu().numpy().copy(), muon.init(w)
        muon.step(w, g, state)
        host.step(other, g.cpu().numpy(), host.init(other))
        self.assertNear([w], [torch.from_numpy(other)], 1e-5)


if __name__ == "__main__":
    unittest.main()
