"""One rank of the distributed tests: `distributed_worker.py BACKEND FOLDER TASK...`. Rank and
number of ranks come from the environment. With NCCL each rank has a GPU of its own.
"""

import os
import pathlib
import sys
from unittest import mock

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as checkpoint
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict
from torch.distributed.checkpoint.state_dict import set_optimizer_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import Shard
from torch.nn.parallel import DistributedDataParallel

import steepest
import steepest.torch
from steepest.torch import Optimizer, plan, sharded

RANK, WORLD = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
BACKEND = sys.argv[1]
DEVICE = torch.device("cuda", RANK) if BACKEND == "nccl" else torch.device("cpu")
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
    return Model().double().to(DEVICE)


def data(step):
    generator = torch.Generator().manual_seed(step)
    return torch.randn(BATCH, 6, generator=generator, dtype=torch.float64).to(DEVICE)


def groups(model, name, **more):
    piles = steepest.torch.sort_model(model)
    fused = [(n, p) for n, p in piles.matrices if n.startswith("third")]
    rest = [(n, p) for n, p in piles.matrices if not n.startswith("third")]
    return [
        {"params": fused, "split": (3, 1), **more},
        {"params": rest, **more},
        {"params": piles.others, "optimizer": "adamw", "lr": 0.01, **more},
    ]


def make_optimizer(model, name, **more):
    return Optimizer(groups(model, name, **more), name, lr=0.05)


def train(model, optimizer, steps, own, scaler=None):
    """Steps on the whole batch, or on this rank's part of it."""
    dtype = next(model.parameters()).dtype
    for step in steps:
        x = data(step).to(dtype)
        if own:
            x = x.chunk(WORLD)[RANK]
        optimizer.zero_grad()
        loss = model(x).square().mean()
        if scaler is None:
            loss.backward()
            optimizer.step()
        else:
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()


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


def shard(model, **options):
    for module in (model.first, model.second, model.third):
        fully_shard(module, **options)
    fully_shard(model, **options)
    return model


def has_code(name):
    """Whether the rule can be compiled for the device; says so when it cannot."""
    if DEVICE.type == "cpu":
        return True
    try:
        steepest.compile(name, target="cuda", dtype="f64")
    except steepest.CompileError as error:
        print(f"{name} is left out: {error}")
        return False
    return True


def ddp(folder):
    for name in ("muon", "normuon"):
        model = make_model()
        train(DistributedDataParallel(model), make_optimizer(model, name), range(STEPS), own=True)
        compare(model, name)


def fsdp(folder):
    for name in ("muon", "normuon", "shampoo", "sgd"):
        if not has_code(name):
            continue
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


def columns(folder):
    """Shards of columns, which are not contiguous in the whole. FSDP takes equal ones only."""

    def place(parameter):
        return Shard(int(parameter.ndim == 2 and parameter.shape[1] % WORLD == 0))

    model = shard(make_model(), shard_placement_fn=place)
    optimizer = make_optimizer(model, "muon")
    train(model, optimizer, range(STEPS), own=True)
    compare(model, "muon")
    assert {m.cut.dimension for m in optimizer._team.matrices} == {0, 1}


def replicas(folder):
    """Shards within groups of ranks that repeat each other (HSDP): each has its owners."""
    mesh = init_device_mesh(DEVICE.type, (2, WORLD // 2), mesh_dim_names=("replicas", "shards"))
    model = shard(make_model(), mesh=mesh)
    optimizer = make_optimizer(model, "muon")
    train(model, optimizer, range(STEPS), own=True)
    compare(model, "muon")
    owners = {m.owner for m in optimizer._team.matrices}
    assert owners == set(range(WORLD // 2)), owners


def failure(folder):
    """A NaN in one matrix: all ranks say so, the others step, and training goes on."""
    model = shard(make_model())
    optimizer = make_optimizer(model, "muon")
    before = weights(model)
    model(data(0).chunk(WORLD)[RANK]).square().mean().backward()
    model.second.weight.grad.to_local().fill_(float("nan"))
    try:
        optimizer.step()
        optimizer.check()  # on a GPU
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


#: Steps by entries, but how far the shape says: not a rule for parts of a matrix. In
#: float32, as in float64 gradients are checked all the same.
SIGNS = """
steepest.optimizer @scaled_signs(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g norm(#steepest.scaled<norm = #steepest.linf, rows = -0.5>)
       : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
"""


def finite_gradients(folder):
    """What a false promise gives is the same for a matrix that is stepped whole by its
    owner as on one process.
    """
    results = []
    for one in (shard(make_model().float()), make_model().float()):
        matrix = one.first.weight
        optimizer = Optimizer([{"params": [matrix]}], SIGNS, finite_gradients=True)
        assert not optimizer._rule(optimizer.param_groups[0], matrix, "first").entrywise
        matrix.grad = torch.ones_like(matrix)
        part = sharded.local_of(matrix.grad)
        if part is not matrix.grad and RANK == 0 or part is matrix.grad:
            part[1, 2] = float("nan")
        optimizer.step()
        results.append(full(matrix))
    torch.testing.assert_close(*results, rtol=0, atol=0, equal_nan=True)
    # Without the promise it is found, and nothing is written.
    model = shard(make_model().float())
    optimizer = Optimizer([{"params": [model.first.weight]}], SIGNS)
    before = weights(model)
    model.first.weight.grad = torch.full_like(model.first.weight, float("nan"))
    try:
        optimizer.step()
    except steepest.StepError:
        pass
    else:
        raise AssertionError("expected a failure")
    for mine, old in zip(weights(model), before, strict=True):
        assert torch.equal(mine, old)


def same(model, alone, atol):
    for (label, mine), theirs in zip(model.named_parameters(), weights(alone), strict=True):
        torch.testing.assert_close(
            full(mine), theirs, rtol=0, atol=atol, msg=lambda text: f"{label}: {text}"
        )


def variants(folder):
    """What groups and trainers may ask for, on shards as on one process."""
    for more in ({"maximize": True}, {"lr": 0.2}):
        model, alone = shard(make_model()), make_model()
        train(model, make_optimizer(model, "muon", **more), range(2), own=True)
        train(alone, make_optimizer(alone, "muon", **more), range(2), own=False)
        same(model, alone, 1e-10)
    # A group that comes later.
    model, alone = shard(make_model()), make_model()
    for one, own in ((model, True), (alone, False)):
        first, *rest = groups(one, "muon")
        optimizer = Optimizer([first], "muon", lr=0.05)
        train(one, optimizer, range(1), own)
        for group in rest:
            optimizer.add_param_group(group)
        train(one, optimizer, range(1, 3), own)
    same(model, alone, 1e-10)
    # Narrow weights with a master. All ranks see the whole batch, so that the mean of
    # their gradients is each of them, unrounded: the same to the bit.
    for name in ("adamw", "muon"):
        model, alone = shard(make_model().bfloat16()), make_model().bfloat16()
        for one in (model, alone):
            optimizer = make_optimizer(one, name, master=True)
            train(one, optimizer, range(2), own=False)
            states = [optimizer.state[p] for p in one.parameters()]
            # Those of sharded matrices are with their owners.
            masters = {state["master_w"].dtype for state in states if state}
            assert masters == {torch.float32}, masters
        same(model, alone, 0)
    # A scaler: the same steps, and none when one rank has an infinity.
    model, alone = shard(make_model()), make_model()
    optimizer = make_optimizer(model, "muon")
    scaler = torch.amp.GradScaler(DEVICE.type, init_scale=2.0**8)
    train(model, optimizer, range(2), own=True, scaler=scaler)
    train(alone, make_optimizer(alone, "muon"), range(2), own=False)
    same(model, alone, 1e-10)
    before = weights(model)
    scaler.scale(model(data(0).chunk(WORLD)[RANK]).square().mean()).backward()
    if RANK == 0:
        model.first.weight.grad.to_local()[0, 0] = float("inf")
    scaler.step(optimizer)
    scaler.update()
    for mine, old in zip(weights(model), before, strict=True):
        assert torch.equal(mine, old)


def order_of_messages(folder):
    """Shards leave before anything is stepped, results before the next matrix is."""
    events = []

    class Noted:
        """A message that says when it is waited for."""

        def __init__(self, work, tag):
            self.work, self.tag = work, tag

        def wait(self):
            events.append(("wait", self.tag))
            self.work.wait()

    begin = dist.batch_isend_irecv

    def noted_begin(asked):
        events.extend((one.op.__name__, one.tag) for one in asked)
        works = begin(asked)
        # One for each, where nothing is sent as a group.
        assert len(works) == len(asked)
        return [Noted(work, one.tag) for work, one in zip(works, asked, strict=True)]

    step = sharded.Matrix.step

    def noted_step(matrix):
        events.append(("step", matrix.number))
        return step(matrix)

    run_plan = plan.Plan.run

    def noted_run(one):
        if len(one.parameters) > 1:
            events.append(("step the rest", len(one.parameters)))
        run_plan(one)

    model = shard(make_model())
    optimizer = make_optimizer(model, "muon")
    with (
        mock.patch.object(dist, "batch_isend_irecv", noted_begin),
        mock.patch.object(sharded.Matrix, "step", noted_step),
        mock.patch.object(plan.Plan, "run", noted_run),
    ):
        train(model, optimizer, range(1), own=True)
    # Tags are 4 n + 0 and + 1 for the shards of matrix n, + 2 for its result.
    names = [name for name, _ in events]
    begun = [i for i, (name, v) in enumerate(events) if name in ("isend", "irecv") and v % 4 < 2]
    # Each matrix has shards of weights and gradients to send, or to receive from another.
    assert len(begun) == 2 * len(optimizer._team.matrices), events
    assert max(begun) < names.index("step the rest") < names.index("step"), events
    mine = [value for name, value in events if name == "step"]
    for number, after in zip(mine, mine[1:]):
        stepped = events.index(("step", number))
        result = events.index(("isend", 4 * number + 2))
        waited = min(i for i, e in enumerate(events) if e[0] == "wait" and e[1] // 4 == after)
        assert stepped < result < events.index(("step", after)), events
        # Nobody waits for a matrix before the one before it has been stepped.
        assert stepped < waited, events
    steps = torch.tensor(len(mine))
    dist.all_reduce(steps, op=dist.ReduceOp.MAX)
    assert steps.item() == 2, events
    compare(model, "muon", steps=1)
    # In the order of the matrices, as back ends without tags want it, it is the same.
    model = shard(make_model())
    with mock.patch.object(sharded.Team, "_have_tags", lambda self: False):
        train(model, make_optimizer(model, "muon"), range(STEPS), own=True)
    compare(model, "muon")


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
    from torch.distributed.fsdp import FullyShardedDataParallel
    from torch.distributed.tensor import distribute_tensor

    # Flat parameters, of which a matrix is not to be seen.
    model = torch.nn.Linear(6, 4, bias=False).to(DEVICE)
    wrapped = FullyShardedDataParallel(model, device_id=DEVICE)
    wrapped(torch.ones(2, 6, device=DEVICE)).sum().backward()
    optimizer = Optimizer([{"params": list(wrapped.parameters())}], "muon")
    try:
        optimizer.step()
    except steepest.SteepestError as error:
        assert "has 1 dimensions, but muon is for matrices" in str(error), error
    else:
        raise AssertionError("expected a refusal")
    # Shards along two dimensions.
    mesh = init_device_mesh(DEVICE.type, (WORLD // 2, 2))
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
    folder, tasks = pathlib.Path(sys.argv[2]), sys.argv[3:]
    torch.set_num_threads(1)
    if DEVICE.type == "cuda":
        torch.cuda.set_device(DEVICE)
    meeting = f"file://{folder}/meeting-{'-'.join(tasks)}-{WORLD}"
    dist.init_process_group(BACKEND, init_method=meeting, rank=RANK, world_size=WORLD)
    try:
        for task in tasks:
            print(f"{task} begins", flush=True)
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
