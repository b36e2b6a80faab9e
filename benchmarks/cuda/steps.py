#!/usr/bin/env python3
"""Whole steps of compiled optimizers on a GPU, against torch's.

    benchmarks/cuda/steps.py build

compiles specs by build/bin/steepestc for the GPU at hand and prints, as medians of
interleaved rounds:

    fused elementwise passes: AdamW's traffic as a fraction of the bandwidth of a copy
    manifold Muon and spectral-sphere Muon, 4096 x 1024, in steps of plain Muon
    the host's time for a step of the set of GPT-2 small, Muon and AdamW, in a graph
    that step against torch.optim's, eager and compiled

Every status on the device is looked at first. It needs the driver alone; without torch
the last row is skipped. With --dry-run nothing is launched and no GPU is needed: specs
are compiled, and what would be launched is printed. --quick takes tiny sizes, and
`--driver build/lib/libsteepest-mock-cuda.so --quick` runs on the CPU model of an SM.
"""

import array
import ctypes
import functools
import pathlib
import random
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
import driver  # noqa: E402

abi = device.abi
SPECS = ROOT / "examples" / "optimizers"
MODELS = ROOT / "benchmarks" / "models"
PROBLEMS_AT_ONCE = 64
# runtime/CUDA/Layout.h.
ARGUMENT_BYTES, HEAD_BYTES, ENTRY_BYTES, TENSOR_BYTES, HYPER_BYTES = 4096, 48, 40, 40, 8
ADAMW_BYTES = 28  # of an element: w, m, v read and written, g read
WARM_STEPS = 5
PATTERN = 262139  # a prime, so that no two rows of a matrix begin alike
#: The largest singular value that a rule wants its weights to have, and the least.
SINGULAR_VALUES = {"manifold_muon": (1.0, 1.0), "spectral_sphere_muon": (2.0, 0.2)}
#: What was published elsewhere, for comparison: nothing here is measured by us.
PUBLISHED = "62.2 to 7.7 ms for the steps of 126 matrices by batching (ultralytics' MuSGD)"


class Gpu(device.Device):
    """A GPU with a clock."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.events = [ctypes.c_void_p(), ctypes.c_void_p()]
        for event in self.events:
            self.call("cuEventCreate", ctypes.byref(event), 0)
        normal = random.Random(device.SEED).gauss
        self.pattern = array.array("f", (normal(0, 1 / 32) for _ in range(PATTERN))).tobytes()

    def attribute(self, number: int) -> int:
        """A CUdevice_attribute."""
        value = ctypes.c_int()
        self.call("cuDeviceGetAttribute", ctypes.byref(value), number, 0)
        return value.value

    @property
    def arch(self) -> str:
        """Its architecture, as `--arch` has it."""
        major, minor = self.attribute(75), self.attribute(76)
        return f"sm_{major}{minor}" + ("a" if major >= 9 else "")

    def copy(self, target: int, source: int, count: int) -> None:
        """Between two places of its memory."""
        self.call(
            "cuMemcpyDtoDAsync_v2", ctypes.c_uint64(target), ctypes.c_uint64(source),
            ctypes.c_size_t(count), self.stream,
        )

    def randoms(self, count: int) -> int:
        """So many bytes of normal float32 numbers."""
        address = self.allocate(count)
        done = min(count, len(self.pattern))
        self.write(address, self.pattern[:done])
        while done < count:
            more = min(done, count - done)
            self.copy(address + done, address, more)
            done += more
        return address

    def time(self, work: Callable[[], None], repeats: int = driver.REPEATS) -> float:
        """Milliseconds on the stream."""
        start, end = self.events
        self.call("cuEventRecord", start, self.stream)
        for _ in range(repeats):
            work()
        self.call("cuEventRecord", end, self.stream)
        self.call("cuEventSynchronize", end)
        elapsed = ctypes.c_float()
        self.call("cuEventElapsedTime", ctypes.byref(elapsed), start, end)
        return elapsed.value


class List:
    """Parameters of one rule, stepped as a list."""

    def __init__(
        self, library: pathlib.Path, name: str, shapes: list[tuple[int, ...]], gpu: Gpu | None
    ) -> None:
        self.name = name
        self.shapes = shapes
        self.gpu = gpu
        self.loaded = ctypes.CDLL(str(library))
        accessor = getattr(self.loaded, f"steepest_{name}")
        accessor.restype = abi.DescriptorPointer
        self.optimizer = accessor()
        self.descriptor = self.optimizer.contents
        self.cuda = ctypes.cast(self.optimizer, device.cuda_abi.CudaOptimizerPointer)
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
        if gpu:
            self.prepare(gpu)

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
        for index, tensor in enumerate(tensors):
            info = self.descriptor.tensors[index]
            own = device.extents(self.descriptor, index, shape)
            elements = 1
            for dimension in reversed(range(len(own))):
                tensor.shape[dimension], tensor.strides[dimension] = own[dimension], elements
                elements *= own[dimension]
            tensor.dtype, tensor.rank = info.dtype, len(own)
            if self.gpu:
                if info.dtype != abi.DType.F32:
                    sys.exit(f"{self.name}: {info.name.decode()} is not of float32")
                tensor.data = self.gpu.randoms(4 * elements)
        return tensors

    def prepare(self, gpu: Gpu) -> None:
        """A plan, a workspace, and the first states."""
        self.plan = ctypes.c_void_p()
        log = device.cuda_abi.CudaLog(device.print_refusal, None)
        device.check(
            self.cuda.contents.create_plan(
                ctypes.byref(self.plan), self.cuda, gpu.file.encode(), ctypes.byref(log)
            ),
            "create_plan",
        )
        self.workspace = gpu.allocate(self.bytes)
        device.check(
            self.cuda.contents.prepare(
                self.plan, self.workspace, self.bytes, gpu.stream, ctypes.byref(log)
            ),
            "prepare",
        )
        self.statuses = gpu.allocate(4 * len(self.shapes))
        self.launch = device.cuda_abi.CudaLaunch(self.plan, gpu.stream, self.statuses, None)
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
        """One step of all."""
        device.check(
            self.cuda.contents.step_many(
                self.cuda, ctypes.byref(self.context), self.tasks, len(self.tasks),
                self.workspace, self.bytes,
            ),
            "step_many",
        )

    def check(self) -> None:
        """Takes a step, and ends the run where one did not end well."""
        self.step()
        assert self.gpu
        statuses = array.array("i", self.gpu.read(self.statuses, 4 * len(self.shapes)))
        for index, status in enumerate(statuses):
            device.check(status, f"{self.name}, task {index}")

    def place(self, largest: float, least: float) -> None:
        """Weights (I - 2 v v^T) S: orthogonal columns, of such lengths."""
        assert self.gpu
        for tensors, (rows, columns) in zip(self.tensors, self.shapes):
            v = array.array("f", self.gpu.pattern[: 4 * rows])
            norm = sum(x * x for x in v)
            scales = [
                largest + (least - largest) * j / max(columns - 1, 1) for j in range(columns)
            ]
            weights = array.array("f")
            for i in range(rows):
                factor = -2 * v[i] / norm
                row = [factor * x * s for x, s in zip(v, scales)]
                if i < columns:
                    row[i] += scales[i]
                weights.extend(row)
            self.gpu.write(tensors[0].data, weights.tobytes())

    def describe(self) -> None:
        """What a step would launch."""
        print(
            f"  {self.name}: {len(self.shapes)} tasks, {self.launches} launches, "
            f"workspace {self.bytes} bytes"
        )


class Benchmark:
    """Specs for the GPU at hand, and what is measured of them."""

    def __init__(self, line: Any, folder: pathlib.Path) -> None:
        self.build, self.folder, self.quick = line.build, folder, line.quick
        self.gpu = None if line.dry_run else open_gpu(line.driver)
        self.torch: Any = driver.find_torch(line.driver)
        self.arch = self.gpu.arch if self.gpu else "sm_90a"
        if line.driver != driver.DRIVER:
            self.arch = "model"
        self.rounds, self.repeats = (3, 1) if self.quick else (driver.ROUNDS, driver.REPEATS)

    def list_of(self, name: str, shapes: list[tuple[int, ...]]) -> List:
        """Parameters of a shipped spec."""
        library = self.folder / f"{name}.so"
        if not library.exists():
            subprocess.run(
                [
                    str(self.build / "bin" / "steepestc"), str(SPECS / f"{name}.mlir"),
                    "--target=cuda", f"--arch={self.arch}", "-o", str(library),
                ],
                check=True,
            )
        return List(library, name, shapes, self.gpu)

    def ratio(self, gpu: Gpu, ours: Callable[[], None], theirs: Callable[[], None]) -> float:
        """Their time over ours."""
        return driver.median_ratio(
            lambda work: gpu.time(work, self.repeats), ours, theirs, self.rounds
        )

    def run_elementwise(self) -> None:
        """One tensor of many elements."""
        print("fused elementwise passes, AdamW: must reach 90 % of copy bandwidth")
        elements = 1 << 12 if self.quick else 1 << 26
        work = self.list_of("adamw", [(elements >> 10, 1 << 10)])
        if not self.gpu:
            work.describe()
            return
        gpu = self.gpu
        work.check()
        source, target = gpu.randoms(4 * elements), gpu.allocate(4 * elements)
        ratio = self.ratio(gpu, work.step, lambda: gpu.copy(target, source, 4 * elements))
        print(f"  {100 * ratio * ADAMW_BYTES / 8:.0f} % of copy bandwidth")

    def run_directions(self) -> None:
        """Solvers, warm: the same gradient again and again."""
        shape = (12, 8) if self.quick else (4096, 1024)
        for name, values in SINGULAR_VALUES.items():
            print(f"{name}, {shape[0]} x {shape[1]}: must take no more than 3 msigns")
            plain, work = self.list_of("muon_plain", [shape]), self.list_of(name, [shape])
            if not self.gpu:
                plain.describe()
                work.describe()
                continue
            work.place(*values)
            for _ in range(WARM_STEPS):
                work.check()
            plain.check()
            print(f"  {self.ratio(self.gpu, plain.step, work.step):.2f} msigns")

    def run_set(self) -> None:
        """Muon on the matrices of GPT-2 small, AdamW on the rest."""
        model = tomllib.loads(
            (MODELS / ("tiny.toml" if self.quick else "gpt2-small.toml")).read_text()
        )
        print(
            f"whole step over {model['name']}: must be 3x torch.compile; host 20 us in a graph"
        )
        print(f"  published elsewhere: {PUBLISHED}")
        shapes = shapes_of(model)
        lists = [self.list_of(rule, shapes[rule]) for rule in ("muon", "adamw")]
        if not self.gpu:
            for work in lists:
                work.describe()
            return
        gpu = self.gpu

        def step() -> None:
            for work in lists:
                work.step()

        for work in lists:
            work.check()
        gpu.begin_capture()
        step()
        graph = gpu.end_capture()
        replay = functools.partial(gpu.call, "cuGraphLaunch", graph, gpu.stream)
        for what, launch in (("in a graph", replay), ("launched one by one", step)):
            times = []
            for _ in range(5 if self.quick else 50):
                gpu.call("cuStreamSynchronize", gpu.stream)
                start = time.perf_counter()
                launch()
                times.append(time.perf_counter() - start)
            print(f"  host: {1e6 * statistics.median(times):.0f} us {what}")
        if isinstance(self.torch, str):
            print(f"  torch.optim.Muon and AdamW: skipped, {self.torch}")
            return
        if not hasattr(self.torch.optim, "Muon"):
            print("  torch.optim.Muon and AdamW: skipped, Muon came with torch 2.9")
            return
        # On our stream, so that one clock times both.
        with self.torch.cuda.stream(self.torch.cuda.ExternalStream(gpu.stream.value)):
            for compiled in (False, True):
                theirs = torch_step(self.torch, *lists, compiled)
                how = "compiled" if compiled else "eager"
                ratio = self.ratio(gpu, step, theirs)
                print(f"  {ratio:.2f}x torch.optim.Muon and AdamW, {how}")


def open_gpu(file: str) -> Gpu:
    """The first GPU of a driver; ends the program where there is none."""
    try:
        return Gpu(file)
    except OSError as error:
        sys.exit(f"no driver here ({error}); --dry-run shows what would be launched")


def shapes_of(model: dict[str, Any]) -> dict[str, list[tuple[int, ...]]]:
    """The shapes of the parameters by rule; vectors as rows."""
    shapes: dict[str, list[tuple[int, ...]]] = {}
    for group in model["group"]:
        shape = tuple(group["shape"])
        shape = shape if len(shape) == 2 else (1, *shape)
        shapes.setdefault(group["rule"], []).extend([shape] * group.get("times", 1))
    return shapes


def torch_step(torch: Any, muon: List, adamw: List, compiled: bool) -> Callable[[], None]:
    """A step of torch.optim's over parameters of the same shapes."""

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


def main() -> None:
    """See the top of the file."""
    line = driver.parse_arguments(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        benchmark = Benchmark(line, pathlib.Path(folder))
        benchmark.run_elementwise()
        benchmark.run_directions()
        benchmark.run_set()


if __name__ == "__main__":
    main()
