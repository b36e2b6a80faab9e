"""NVIDIA's Emerging-Optimizers: Muon and Scion."""

import numpy as np

from harness.candidates import Candidate, candidate, need
from peers import torch_peer


@candidate("parameters", "emerging", "muon")
def muon(problem, settings, precision="medium"):
    """Its Muon for matrices ("medium": bf16 inside, "highest": f32), PyTorch's fused
    AdamW for the rest."""
    torch = torch_peer.load(settings)
    package = need("emerging_optimizers.orthogonalized_optimizers")
    need("absl.logging").set_verbosity("error")
    parameters = [torch.nn.Parameter(torch.from_numpy(p.weight.copy())) for p in problem.parameters]
    for parameter, p in zip(parameters, problem.parameters):
        parameter.grad = torch.from_numpy(p.gradient)
    optimizers = []
    for rule, (h, group) in torch_peer.split(problem, parameters).items():
        if rule == "muon":
            optimizers.append(
                package.Muon(
                    group, lr=h["lr"], momentum=h["beta"], weight_decay=h["decay"],
                    nesterov=True, fp32_matmul_prec=precision, coefficient_type="simple",
                    num_ns_steps=5, scale_mode="shape_scaling",
                )  # fmt: skip
            )
        else:
            optimizers.append(torch_peer.adamw(torch, h, group, fused=True))

    def run():
        for optimizer in optimizers:
            optimizer.step()

    return Candidate(
        run,
        lambda: [np.array(p.detach().numpy()) for p in parameters],
        lambda: torch_peer.reset_optimizers(torch, problem, parameters, optimizers),
    )
