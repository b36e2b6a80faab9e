"""One rank of the distributed tests: `distributed_worker.py TASK FOLDER`. Rank, number of
ranks and the file to meet at come from the environment.
"""

import os
import pathlib
import sys

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as checkpoint
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict
from torch.distributed.checkpoint.state_dict import set_optimizer_state_dict
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

import steepest
import steepest.torch
from steepest.torch import Optimizer

RANK, WORLD = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
BATCH = 8
STEPS = 4


class Model(torch.nn.Module):
    """Matrices tall and wide, of which some have fewer rows than there are ranks."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(6, 10)
        self.second = torch.nn.Linear(10, 3, bias=False)
        self.norm = torch.nn.LayerNorm(3)
        self.third = torch.nn.Linear(3, 12, bias=False)

    def forward(self, x):
        return self.third(self.norm(self.second(torch.tanh(self.first(x)))))


def make_model():
    torch.manual_seed(0)
    return Model().double()


def data(step):
    generator = torch.Generator().manual_seed(step)
    return torch.randn(BATCH, 6, generator=generator, dtype=torch.float64)


def groups(model, name):
    piles = steepest.torch.sort_model(model)
    fused = [(n, p) for n, p in piles.matrices if n.startswith("third")]
    rest = [(n, p) for n, p in piles.matrices if not n.startswith("third")]
    return [
        {"params": fused, "split": (3, 1)},
        {"params": rest},
        {"params": piles.others, "optimizer": "adamw", "lr": 0.01},
    ]


def make_optimizer(model, name):
    return Optimizer(groups(model, name), name, lr=0.05)


def train(model, optimizer, steps, own):
    """Steps on the whole batch, or on this rank's part of it."""
    for step in steps:
        x = data(step)
        if own:
            x = x.chunk(WORLD)[RANK]
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()


def full(parameter):
    value = parameter.detach()
    return value.full_tensor() if hasattr(value, "full_tensor") else value


def weights(model):
    return [full(parameter) for parameter in model.parameters()]


def compare(model, name, steps=STEPS):
    """With one process that sees the whole batch."""
    # Roots of factors that lack rank multiply the rounding of the gradients.
    atol = 1e-6 if name == "shampoo" else 1e-10
    alone = make_model()
    train(alone, make_optimizer(alone, name), range(steps), own=False)
    for (label, mine), theirs in zip(model.named_parameters(), weights(alone), strict=True):
        torch.testing.assert_close(
            full(mine), theirs, rtol=0, atol=atol, msg=lambda text: f"{name}: {label}: {text}"
        )


def shard(model):
    for module in (model.first, model.second, model.third):
        fully_shard(module)
    fully_shard(model)
    return model


def ddp(folder):
    for name in ("muon", "normuon"):
        model = make_model()
        train(DistributedDataParallel(model), make_optimizer(model, name), range(STEPS), own=True)
        compare(model, name)


def fsdp(folder):
    for name in ("muon", "normuon", "shampoo", "sgd"):
        model = shard(make_model())
        optimizer = make_optimizer(model, name)
        train(model, optimizer, range(STEPS), own=True)
        compare(model, name)
        if not steepest.compile(name).entrywise:
            owners = {m.owner for m in optimizer._team.matrices}
            assert len(owners) == min(WORLD, 3), owners
            held = [n for n, p in model.named_parameters() if optimizer.state[p]]
            mine = [m.name for m in optimizer._team.matrices if m.is_mine]
            assert set(mine) <= set(held), (mine, held)


def failure(folder):
    """A NaN in one matrix: all ranks say so, the others step, and training goes on."""
    model = shard(make_model())
    optimizer = make_optimizer(model, "muon")
    before = weights(model)
    model(data(0).chunk(WORLD)[RANK]).square().mean().backward()
    model.second.weight.grad.to_local().fill_(float("nan"))
    try:
        optimizer.step()
    except steepest.StepError as error:
        said = str(error)
    else:
        raise AssertionError("expected a failure")
    owner = next(m for m in optimizer._team.matrices if m.name == "second.weight")
    expected = "second.weight (muon)" if owner.is_mine else "another rank owns"
    assert expected in said, said
    for (name, parameter), old in zip(model.named_parameters(), before, strict=True):
        assert torch.equal(full(parameter), old) == (name == "second.weight"), name
    train(model, optimizer, range(1), own=True)


def save(folder):
    model = shard(make_model())
    optimizer = make_optimizer(model, "muon")
    train(model, optimizer, range(2), own=True)
    state = {
        "model": model.state_dict(),
        "optimizer": get_optimizer_state_dict(model, optimizer),
    }
    checkpoint.save(state, checkpoint_id=folder / "checkpoint")


def load(folder):
    """On another number of ranks than what was saved, and on to the end."""
    model = shard(make_model())
    optimizer = make_optimizer(model, "muon")
    state = {
        "model": model.state_dict(),
        "optimizer": get_optimizer_state_dict(model, optimizer),
    }
    checkpoint.load(state, checkpoint_id=folder / "checkpoint")
    model.load_state_dict(state["model"])
    set_optimizer_state_dict(model, optimizer, state["optimizer"])
    train(model, optimizer, range(2, STEPS), own=True)
    compare(model, "muon")


def refusals(folder):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FullyShardedDataParallel
    from torch.distributed.tensor import Shard, distribute_tensor

    # Flat parameters, of which a matrix is not to be seen.
    model = torch.nn.Linear(6, 4, bias=False)
    wrapped = FullyShardedDataParallel(model, device_id=torch.device("cpu"))
    wrapped(torch.ones(2, 6)).sum().backward()
    optimizer = Optimizer([{"params": list(wrapped.parameters())}], "muon")
    try:
        optimizer.step()
    except steepest.SteepestError as error:
        assert "has 1 dimensions, but muon is for matrices" in str(error), error
    else:
        raise AssertionError("expected a refusal")
    # Shards along two dimensions.
    mesh = init_device_mesh("cpu", (WORLD // 2, 2))
    tensor = distribute_tensor(torch.ones(4, 4), mesh, [Shard(0), Shard(1)])
    parameter = torch.nn.Parameter(tensor)
    parameter.grad = distribute_tensor(torch.ones(4, 4), mesh, [Shard(0), Shard(1)])
    try:
        Optimizer([{"params": [parameter]}], "muon").step()
    except steepest.SteepestError as error:
        assert "sharded along one dimension" in str(error), error
    else:
        raise AssertionError("expected a refusal")
    # By entries it does not matter.
    Optimizer([{"params": [parameter]}], "adamw").step()


def main():
    task, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    torch.set_num_threads(1)
    meeting = f"file://{folder}/meeting-{task}-{WORLD}"
    dist.init_process_group("gloo", init_method=meeting, rank=RANK, world_size=WORLD)
    try:
        globals()[task](folder)
        dist.barrier()
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
    # PyTorch's own threads may outlive the interpreter and abort it (seen once in a
    # dozen runs, with no optimizer of ours left); all that matters has been checked.
    sys.stdout.flush()
    os._exit(0)
