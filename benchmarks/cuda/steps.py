#!/usr/bin/env python3
"""Whole steps of compiled optimizers on a GPU, against torch's.

    benchmarks/cuda/steps.py build

compiles specs by build/bin/steepestc for the GPU at hand and prints, as medians of
interleaved rounds:

    fused elementwise passes: AdamW's traffic as a fraction of the bandwidth of a copy
    manifold Muon and spectral-sphere Muon, 4096 x 1024, in steps of plain Muon
    the set of GPT-2 small, Muon and AdamW, against torch.optim's, eager and compiled
    the host's time for a step of that set, captured into a graph

Every status on the device is looked at first. With --dry-run nothing is launched and
neither torch nor a GPU is needed: specs are compiled, and what would be launched is
printed.
"""

import ctypes
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
sys.path += [str(FOLDER), str(ROOT / "test" / "Integration" / "CUDA")]

import device  # noqa: E402
from driver import parse_arguments  # noqa: E402
from products import median_ratio  # noqa: E402

abi = device.abi
SPECS = ROOT / "examples" / "optimizers"
MODEL = ROOT / "benchmarks" / "models" / "gpt2-small.toml"
PROBLEMS_AT_ONCE = 64
# runtime/CUDA/Layout.h.
ARGUMENT_BYTES, HEAD_BYTES, ENTRY_BYTES, TENSOR_BYTES, HYPER_BYTES = 4096, 48, 40, 40, 8
ELEMENTS = 1 << 26  # of the elementwise pass
ADAMW_BYTES = 28  # of an element: w, m, v read and written, g read
WARM_STEPS = 5
#: What was published elsewhere, for comparison: nothing here is measured by us.
PUBLISHED = "62.2 to 7.7 ms for the steps of 126 matrices by batching (ultralytics' MuSGD)"


class List:
    """Parameters of one rule, stepped as a list."""

    def __init__(
        self, library: pathlib.Path, name: str, shapes: list[tuple[int, ...]], dry: bool
    ) -> None:
        self.name = name
        self.shapes = shapes
        self.dry = dry
        self.loaded = ctypes.CDLL(str(library))
        accessor = getattr(self.loaded, f"steepest_{name}")
        accessor.restype = abi.DescriptorPointer
        self.optimizer = accessor()
        self.descriptor = self.optimizer.contents
        self.cuda = ctypes.cast(self.optimizer, device.cuda_abi.CudaOptimizerPointer)
        self.memory: list[list[Any]] = []
        self.tensors = [self.tensors_of(shape) for shape in shapes]
        self.tasks = (abi.Task * len(shapes))()
        for task, tensors in zip(self.tasks, self.tensors):
            task.optimizer = self.optimizer
            task.arguments.tensors = tensors
            task.arguments.num_tensors = len(tensors)
        self.bytes = self.cuda.contents.step_many_bytes(
            self.cuda, self.tasks, len(self.tasks), PROBLEMS_AT_ONCE
        )
        if self.bytes < 0:
            sys.exit(f"{name}: no step of such shapes")
        if not dry:
            self.prepare()

    @property
    def launches(self) -> int:
        """Of one step."""
        entry = (
            ENTRY_BYTES
            + TENSOR_BYTES * self.descriptor.num_tensors
            + HYPER_BYTES * self.descriptor.num_hypers
        )
        return -(-len(self.shapes) // ((ARGUMENT_BYTES - HEAD_BYTES) // entry))

    def tensors_of(self, shape: tuple[int, ...]) -> Any:
        """Those of one parameter; on the GPU unless nothing is launched."""
        tensors = (abi.Tensor * self.descriptor.num_tensors)()
        memory = []
        for index, tensor in enumerate(tensors):
            info = self.descriptor.tensors[index]
            own = device.extents(self.descriptor, index, shape)
            elements = 1
            for dimension in reversed(range(len(own))):
                tensor.shape[dimension], tensor.strides[dimension] = own[dimension], elements
                elements *= own[dimension]
            tensor.dtype, tensor.rank = info.dtype, len(own)
            if not self.dry:
                import torch

                if info.dtype != abi.DType.F32:
                    sys.exit(f"{self.name}: {info.name.decode()} is not of float32")
                values = torch.randn(own, device="cuda") / 32
                memory.append(values)
                tensor.data = values.data_ptr()
        self.memory.append(memory)
        return tensors

    def prepare(self) -> None:
        """A plan, a workspace, and the first states."""
        import torch

        self.plan = ctypes.c_void_p()
        log = device.cuda_abi.CudaLog(device.print_refusal, None)
        device.check(
            self.cuda.contents.create_plan(
                ctypes.byref(self.plan), self.cuda, None, ctypes.byref(log)
            ),
            "create_plan",
        )
        self.workspace = torch.empty(self.bytes, dtype=torch.uint8, device="cuda")
        stream = torch.cuda.current_stream().cuda_stream
        device.check(
            self.cuda.contents.prepare(
                self.plan, self.workspace.data_ptr(), self.bytes, stream, ctypes.byref(log)
            ),
            "prepare",
        )
        self.statuses = torch.zeros(len(self.shapes), dtype=torch.int32, device="cuda")
        self.launch = device.cuda_abi.CudaLaunch(self.plan, stream, self.statuses.data_ptr(), None)
        self.context = abi.Context(
            abi_version=abi.ABI_VERSION, threads=1, log=device.print_refusal
        )
        self.context.pool = ctypes.cast(ctypes.pointer(self.launch), ctypes.c_void_p)
        for tensors in self.tensors:
            device.check(
                self.descriptor.init(
                    self.optimizer, ctypes.byref(self.context), tensors, len(tensors)
                ),
                "init",
            )

    def step(self) -> None:
        """One step of all, on torch's current stream."""
        import torch

        self.launch.stream = torch.cuda.current_stream().cuda_stream
        device.check(
            self.cuda.contents.step_many(
                self.cuda, ctypes.byref(self.context), self.tasks, len(self.tasks),
                self.workspace.data_ptr(), self.bytes,
            ),
            "step_many",
        )

    def check(self) -> None:
        """Takes a step, and ends the run where one did not end well."""
        self.step()
        for index, status in enumerate(self.statuses.tolist()):
            device.check(status, f"{self.name}, task {index}")

    def describe(self) -> None:
        """What a step would launch."""
        print(
            f"  {self.name}: {len(self.shapes)} tasks, {self.launches} launches, "
            f"workspace {self.bytes} bytes"
        )


class Compiler:
    """Specs for the GPU at hand."""

    def __init__(self, build: pathlib.Path, folder: pathlib.Path, dry: bool) -> None:
        self.build, self.folder, self.dry = build, folder, dry
        self.arch = "sm_90a"
        if not dry:
            import torch

            major, minor = torch.cuda.get_device_capability()
            self.arch = f"sm_{major}{minor}" + ("a" if major == 9 else "")

    def list_of(self, name: str, shapes: list[tuple[int, ...]], **options: str) -> List:
        """Parameters of a shipped spec."""
        library = self.folder / f"{name}.so"
        if not library.exists():
            subprocess.run(
                [
                    str(self.build / "bin" / "steepestc"), str(SPECS / f"{name}.mlir"),
                    "--target=cuda", f"--arch={self.arch}", "-o", str(library),
                    *(f"--{key}={value}" for key, value in options.items()),
                ],
                check=True,
            )
        return List(library, name, shapes, self.dry)


def gpt2() -> dict[str, list[tuple[int, ...]]]:
    """The shapes of the parameters by rule; vectors as rows."""
    shapes: dict[str, list[tuple[int, ...]]] = {}
    for group in tomllib.loads(MODEL.read_text())["group"]:
        shape = tuple(group["shape"])
        shape = shape if len(shape) == 2 else (1, *shape)
        shapes.setdefault(group["rule"], []).extend([shape] * group.get("times", 1))
    return shapes


def run_elementwise(compiler: Compiler) -> None:
    """One tensor of many elements."""
    print("fused elementwise passes, AdamW: must reach 90 % of copy bandwidth")
    work = compiler.list_of("adamw", [(8192, ELEMENTS // 8192)])
    if compiler.dry:
        work.describe()
        return
    import torch

    work.check()
    source = torch.empty(ELEMENTS, device="cuda")
    target = torch.empty_like(source)
    ratio = median_ratio(work.step, lambda: target.copy_(source))
    print(f"  {100 * ratio * ADAMW_BYTES / 8:.0f} % of copy bandwidth")


def run_directions(compiler: Compiler) -> None:
    """Solvers, warm: the same gradient again and again."""
    for name in ("manifold_muon", "spectral_sphere_muon"):
        print(f"{name}, 4096 x 1024: must take no more than 3 msigns")
        plain = compiler.list_of("muon_plain", [(4096, 1024)])
        work = compiler.list_of(name, [(4096, 1024)])
        if compiler.dry:
            plain.describe()
            work.describe()
            continue
        import torch

        # Where the rule wants them: columns orthonormal, or the spectral norm 2.
        weights = work.memory[0][0]
        if name == "manifold_muon":
            weights.copy_(torch.linalg.qr(weights)[0])
        else:
            weights.mul_(2 / torch.linalg.matrix_norm(weights, 2))
        for _ in range(WARM_STEPS):
            work.check()
        plain.check()
        ratio = median_ratio(plain.step, work.step)
        print(f"  {ratio:.2f} msigns")


def torch_step(muon: List, adamw: List, compiled: bool) -> Callable[[], None]:
    """A step of torch.optim's over parameters of the same shapes."""
    import torch

    if not hasattr(torch.optim, "Muon"):
        sys.exit(f"torch {torch.__version__} has no torch.optim.Muon, which came with 2.9")

    def parameters(work: List) -> list[Any]:
        result = []
        for shape in work.shapes:
            parameter = torch.nn.Parameter(torch.randn(shape, device="cuda") / 32)
            parameter.grad = torch.randn_like(parameter) / 32
            result.append(parameter)
        return result

    first = torch.optim.Muon(parameters(muon), lr=1e-3)
    second = torch.optim.AdamW(parameters(adamw), lr=1e-3, fused=not compiled)

    def step() -> None:
        first.step()
        second.step()

    return torch.compile(step) if compiled else step


def run_set(compiler: Compiler) -> None:
    """Muon on the matrices of GPT-2 small, AdamW on the rest."""
    print("whole step over GPT-2 small: must be 3x torch.compile; host 20 us in a graph")
    print(f"  published elsewhere: {PUBLISHED}")
    shapes = gpt2()
    lists = [compiler.list_of(rule, shapes[rule]) for rule in ("muon", "adamw")]
    if compiler.dry:
        for work in lists:
            work.describe()
        return
    import torch

    def step() -> None:
        for work in lists:
            work.step()

    for work in lists:
        work.check()
    for compiled in (False, True):
        ratio = median_ratio(step, torch_step(*lists, compiled))
        print(f"  {ratio:.2f}x torch.optim.Muon and AdamW, {'compiled' if compiled else 'eager'}")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    for what, work in (("in a graph", graph.replay), ("launched one by one", step)):
        times = []
        for _ in range(50):
            torch.cuda.synchronize()
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        print(f"  host: {1e6 * statistics.median(times):.0f} us {what}")


def main() -> None:
    """See the top of the file."""
    line = parse_arguments(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        compiler = Compiler(line.build, pathlib.Path(folder), line.dry_run)
        run_elementwise(compiler)
        run_directions(compiler)
        run_set(compiler)


if __name__ == "__main__":
    main()
