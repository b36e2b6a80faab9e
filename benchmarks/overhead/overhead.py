#!/usr/bin/env python3
"""The host's time of a step from PyTorch, beyond the kernels.

A step of `steepest.torch.Optimizer` is some Python and one call in C. Both are timed on
parameters that are too small to matter, in turn, on one thread; medians. The gradients
are new tensors in every step, as after `zero_grad(set_to_none=True)`.
"""

import argparse
import statistics
import time

import torch

import steepest.torch


def make(count, extent):
    """Parameters with gradients."""
    parameters = [torch.nn.Parameter(torch.randn(extent, extent)) for _ in range(count)]
    renew(parameters)
    return parameters


def renew(parameters):
    """New gradients, elsewhere in memory."""
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)


def time_of(call):
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--parameters", type=int, default=150)
    parser.add_argument("--extent", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    candidates = {}
    for name in ("sgd", "adamw", "muon"):
        parameters = make(chosen.parameters, chosen.extent)
        optimizer = steepest.torch.Optimizer([{"params": parameters}], name, threads=1)
        optimizer.step()
        candidates[name] = (parameters, optimizer, [], [])
    for name, options in (("AdamW, foreach", {"foreach": True}), ("AdamW, fused", {"fused": True})):
        parameters = make(chosen.parameters, chosen.extent)
        optimizer = torch.optim.AdamW(parameters, **options)
        candidates[f"torch.optim.{name}"] = (parameters, optimizer, [], [])
    for _ in range(chosen.rounds):
        for parameters, optimizer, whole, kernels in candidates.values():
            renew(parameters)
            whole.append(time_of(optimizer.step))
            if isinstance(optimizer, steepest.torch.Optimizer):
                kernels.append(time_of(optimizer.run_again))
    print(f"{chosen.parameters} parameters of {chosen.extent} x {chosen.extent}, microseconds")
    print(f"{'':28}{'step':>10}{'call in C':>12}{'host':>8}")
    for name, (_, _, whole, kernels) in candidates.items():
        step = statistics.median(whole) * 1e6
        line = f"{name:28}{step:10.0f}"
        if kernels:
            call = statistics.median(kernels) * 1e6
            line += f"{call:12.0f}{step - call:8.0f}"
        print(line)


if __name__ == "__main__":
    main()
