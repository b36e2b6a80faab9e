#!/usr/bin/env python3
"""Steps of a compiled optimizer on a GPU, without any package.

    device.py run LIBRARY NAME --driver DRIVER --shape 24x16 --dump FILE
        takes steps on fixed tensors and writes what came of them. DRIVER is libcuda.so.1,
        a mock of it, or `cpu` for a library that is compiled for a CPU. With --replay one
        step is captured into a graph, which is launched for each step after its
        hyper-parameters have been changed in device memory; with --list the tensors are a
        list, three of them, stepped together.
    device.py compare FILE FILE... [--exact]
        compares such files with the first: bit by bit, or to --tolerance times the
        largest change that the steps made.

The learning rate is another one in every step.
"""

from __future__ import annotations

import argparse
import array
import ctypes as c
import importlib
import pathlib
import pickle
import random
import sys
import types
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[3]
SEED = 7
PROBLEMS_AT_ONCE = 4
OF_ARRAY = {0: "f", 1: "d", 2: "H"}  # steepest_dtype: f32, f64, bits of bf16


def load_abi() -> tuple[Any, Any]:
    """steepest.abi and steepest.cuda.abi, without their packages, which need numpy."""
    for name in ("steepest", "steepest.cuda"):
        package = types.ModuleType(name)
        package.__path__ = [str(ROOT / "python" / name.replace(".", "/"))]
        sys.modules[name] = package
    return (
        importlib.import_module("steepest.abi"),
        importlib.import_module("steepest.cuda.abi"),
    )


abi, cuda_abi = load_abi()


@abi.Log
def print_refusal(_user: Any, _status: int, message: bytes) -> None:
    """Where refusals go."""
    print(message.decode(), file=sys.stderr)


def check(status: int, what: str) -> None:
    """Ends the program where a call of ours was refused."""
    if status:
        sys.exit(f"{what}: status {status}")


class Host:
    """Memory of a CPU, with the interface of a device's."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def allocate(self, count: int) -> int:
        """So many bytes, aligned as workspaces are."""
        memory = (c.c_char * (count + 64))()
        self.kept.append(memory)
        return (c.addressof(memory) + 63) // 64 * 64

    def write(self, address: int, data: bytes) -> None:
        """To memory."""
        c.memmove(address, data, len(data))

    def read(self, address: int, count: int) -> bytes:
        """From memory, when all work is done."""
        return c.string_at(address, count)


class Device:
    """The first device of a driver, its memory and a stream."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.library = c.CDLL(file, mode=c.RTLD_GLOBAL)
        self.call("cuInit", 0)
        device, context = c.c_int(), c.c_void_p()
        self.call("cuDeviceGet", c.byref(device), 0)
        self.call("cuDevicePrimaryCtxRetain", c.byref(context), device)
        self.call("cuCtxSetCurrent", context)
        self.stream = c.c_void_p()
        self.call("cuStreamCreate", c.byref(self.stream), 0)

    def call(self, name: str, *arguments: Any) -> None:
        """A function of the driver; ends the program with what it reports."""
        result = getattr(self.library, name)(*arguments)
        if result:
            text = c.c_char_p()
            self.library.cuGetErrorString(result, c.byref(text))
            sys.exit(f"{name}: {(text.value or b'?').decode()}")

    def allocate(self, count: int) -> int:
        """So many bytes of the device, at least one."""
        address = c.c_uint64()
        self.call("cuMemAlloc_v2", c.byref(address), c.c_size_t(max(count, 1)))
        return address.value

    def write(self, address: int, data: bytes) -> None:
        """To memory, after what the stream is at."""
        self.call("cuStreamSynchronize", self.stream)
        if data:
            self.call("cuMemcpyHtoD_v2", c.c_uint64(address), data, c.c_size_t(len(data)))

    def read(self, address: int, count: int) -> bytes:
        """From memory, after what the stream is at."""
        self.call("cuStreamSynchronize", self.stream)
        data = c.create_string_buffer(max(count, 1))
        if count:
            self.call("cuMemcpyDtoH_v2", data, c.c_uint64(address), c.c_size_t(count))
        return data.raw[:count]

    def begin_capture(self) -> None:
        """What the stream is given from now on goes into a graph."""
        self.call("cuStreamBeginCapture_v2", self.stream, 0)

    def end_capture(self) -> c.c_void_p:
        """The graph, ready to be launched."""
        graph, executable = c.c_void_p(), c.c_void_p()
        self.call("cuStreamEndCapture", self.stream, c.byref(graph))
        self.call("cuGraphInstantiateWithFlags", c.byref(executable), graph, c.c_uint64(0))
        return executable


def extents(descriptor: Any, index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a tensor of one problem, when parameters have `shape`."""
    info = descriptor.tensors[index]
    result = []
    for dimension in range(info.rank):
        size = info.shape[dimension]
        # Free, or as many as the parameter has rows or columns.
        result.append(size if size >= 0 else shape[{-1: dimension, -2: 0, -3: 1}[size]])
    return tuple(result)


class Problem:
    """The tensors of one parameter of a rule, and what its steps need."""

    def __init__(self, optimizer: Any, memory: Any, shape: tuple[int, ...], seed: int) -> None:
        self.memory = memory
        self.descriptor = optimizer.contents
        self.random = random.Random(seed)
        count = self.descriptor.num_tensors
        self.tensors = (abi.Tensor * count)()
        self.sizes = []
        for index in range(count):
            info, tensor = self.descriptor.tensors[index], self.tensors[index]
            own = extents(self.descriptor, index, shape)
            elements = 1
            for dimension in reversed(range(len(own))):
                tensor.shape[dimension], tensor.strides[dimension] = own[dimension], elements
                elements *= own[dimension]
            tensor.dtype, tensor.rank = info.dtype, len(own)
            self.sizes.append(elements * abi.DType(info.dtype).bytes)
            tensor.data = memory.allocate(self.sizes[-1])
            if info.role != abi.Role.STATE:
                self.fill(index)

    def fill(self, index: int) -> None:
        """Normal numbers, as the seed has them."""
        tensor = self.tensors[index]
        elements = self.sizes[index] // abi.DType(tensor.dtype).bytes
        values = [self.random.gauss(0, 1) for _ in range(elements)]
        if tensor.dtype == abi.DType.BF16:
            bits = array.array("I", array.array("f", values).tobytes())
            data = array.array("H", [b >> 16 for b in bits])
        else:
            data = array.array(OF_ARRAY[tensor.dtype], values)
        self.memory.write(tensor.data, data.tobytes())

    def new_gradients(self) -> None:
        """Those of the next step."""
        for index in range(self.descriptor.num_tensors):
            if self.descriptor.tensors[index].role == abi.Role.GRADIENT:
                self.fill(index)

    def read(self) -> dict[str, list[float]]:
        """Every tensor that steps write, by name, as numbers."""
        result = {}
        for index in range(self.descriptor.num_tensors):
            info = self.descriptor.tensors[index]
            if info.role == abi.Role.GRADIENT:
                continue
            values = array.array(
                OF_ARRAY[info.dtype],
                self.memory.read(self.tensors[index].data, self.sizes[index]),
            )
            if info.dtype == abi.DType.BF16:
                values = array.array("f", array.array("I", [v << 16 for v in values]).tobytes())
            result[info.name.decode()] = list(values)
        return result


class Run:
    """Steps of an optimizer."""

    def __init__(self, line: argparse.Namespace) -> None:
        self.line = line
        self.on_cpu = line.driver == "cpu"
        self.memory: Any = Host() if self.on_cpu else Device(line.driver)
        library = c.CDLL(str(line.library.resolve()))
        accessor = getattr(library, f"steepest_{line.name}")
        accessor.restype = abi.DescriptorPointer
        self.optimizer = accessor()
        self.descriptor = self.optimizer.contents
        if self.descriptor.target.startswith(b"cuda") == self.on_cpu:
            sys.exit(f"{line.library} is for {self.descriptor.target.decode()}")
        shape = tuple(map(int, line.shape.split("x")))
        shapes = [shape, shape[::-1], (shape[0],) * 2] if line.list else [shape]
        self.problems = [
            Problem(self.optimizer, self.memory, each, SEED + i)
            for i, each in enumerate(shapes)
        ]
        self.context = abi.Context(abi_version=abi.ABI_VERSION, threads=1, log=print_refusal)
        self.hypers = (c.c_double * max(1, self.descriptor.num_hypers))()
        if self.on_cpu:
            self.prepare_cpu()
        else:
            self.prepare_device()
        for problem in self.problems:
            check(
                self.descriptor.init(
                    self.optimizer, c.byref(self.context), problem.tensors, len(problem.tensors)
                ),
                "init",
            )

    def prepare_cpu(self) -> None:
        """One workspace, large enough for every problem."""
        self.bytes = max(
            self.descriptor.workspace_bytes(self.optimizer, p.tensors, len(p.tensors), 1)
            for p in self.problems
        )
        self.workspace = self.memory.allocate(self.bytes)

    def prepare_device(self) -> None:
        """A plan, a workspace and device memory for hyper-parameters and statuses."""
        self.cuda = c.cast(self.optimizer, cuda_abi.CudaOptimizerPointer)
        self.plan = c.c_void_p()
        log = cuda_abi.CudaLog(print_refusal, None)
        check(
            self.cuda.contents.create_plan(
                c.byref(self.plan), self.cuda, self.line.driver.encode(), c.byref(log)
            ),
            "create_plan",
        )
        tasks = self.tasks()
        self.bytes = self.cuda.contents.step_many_bytes(
            self.cuda, tasks, len(tasks), PROBLEMS_AT_ONCE
        )
        self.workspace = self.memory.allocate(self.bytes)
        check(
            self.cuda.contents.prepare(
                self.plan, self.workspace, self.bytes, self.memory.stream, c.byref(log)
            ),
            "prepare",
        )
        self.device_hypers = self.memory.allocate(len(self.hypers) * 8 * len(self.problems))
        self.statuses = self.memory.allocate(4 * len(self.problems))
        self.launch = cuda_abi.CudaLaunch(
            self.plan, self.memory.stream, self.statuses,
            self.device_hypers if self.line.replay else None,
        )
        self.context.pool = c.cast(c.pointer(self.launch), c.c_void_p)

    def tasks(self) -> Any:
        """The problems as a list."""
        tasks = (abi.Task * len(self.problems))()
        for task, problem in zip(tasks, self.problems):
            task.optimizer = self.optimizer
            task.arguments = self.arguments(problem)
        return tasks

    def arguments(self, problem: Problem) -> Any:
        """Of one step."""
        arguments = abi.Arguments(
            tensors=problem.tensors,
            num_tensors=len(problem.tensors),
            num_hypers=self.descriptor.num_hypers,
            hypers=self.hypers,
        )
        if hasattr(self, "workspace"):
            arguments.workspace, arguments.workspace_bytes = self.workspace, self.bytes
        return arguments

    def set_hypers(self, step: int) -> None:
        """The defaults; the first, which is a rate, times the number of the step."""
        for index in range(self.descriptor.num_hypers):
            self.hypers[index] = self.descriptor.hypers[index].default_value
        if self.descriptor.num_hypers:
            self.hypers[0] *= step + 1
        if not self.on_cpu:
            row = bytes(self.hypers)
            self.memory.write(self.device_hypers, row * len(self.problems))

    def step(self) -> None:
        """One step of everything."""
        if self.line.list and not self.on_cpu:
            tasks = self.tasks()
            check(
                self.cuda.contents.step_many(
                    self.cuda, c.byref(self.context), tasks, len(tasks), self.workspace,
                    self.bytes,
                ),
                "step_many",
            )
            return
        for problem in self.problems:
            arguments = self.arguments(problem)
            check(
                self.descriptor.step(
                    self.optimizer, c.byref(self.context), c.byref(arguments)
                ),
                "step",
            )

    def check_statuses(self) -> None:
        """Those that the device has written."""
        data = self.memory.read(self.statuses, 4 * len(self.problems))
        for index, status in enumerate(array.array("i", data)):
            check(status, f"problem {index} on the device")

    def run(self) -> list[dict[str, list[float]]]:
        """All steps; what every problem was before, and what it is then."""
        before = [problem.read() for problem in self.problems]
        graph = None
        for step in range(self.line.steps):
            self.set_hypers(step)
            if step:
                for problem in self.problems:
                    problem.new_gradients()
            if self.line.replay and graph is None:
                self.memory.begin_capture()
                self.step()
                graph = self.memory.end_capture()
            if graph is not None:
                self.memory.call("cuGraphLaunch", graph, self.memory.stream)
            else:
                self.step()
            if not self.on_cpu:
                self.check_statuses()
        after = [problem.read() for problem in self.problems]
        if not self.on_cpu:
            self.cuda.contents.destroy_plan(self.plan)
        return [{"before": b, "after": a} for b, a in zip(before, after)]


def compare(line: argparse.Namespace) -> None:
    """See the top of the file."""
    first, *others = (pickle.loads(file.read_bytes()) for file in line.files)
    for file, other in zip(line.files[1:], others):
        worst = 0.0
        compared = 0
        for own, its in zip(first, other, strict=True):
            for name, expected in own["after"].items():
                start, got = own["before"][name], its["after"][name]
                if len(got) != len(expected):
                    sys.exit(f"{file}: {name} has {len(got)} elements, expected {len(expected)}")
                change = max((abs(e - s) for e, s in zip(expected, start)), default=0.0)
                if not change:
                    sys.exit(f"{line.files[0]}: no step has changed {name}")
                largest = max(map(abs, expected), default=0.0)
                allowed = 0.0 if line.exact else line.tolerance * change + 2**-21 * largest
                for e, g in zip(expected, got):
                    if not abs(g - e) <= allowed:
                        sys.exit(f"{file}: {name} is {g!r}, expected {e!r} within {allowed:.1e}")
                    worst = max(worst, abs(g - e) / change)
                    compared += 1
        if not compared:
            sys.exit(f"{file}: nothing to compare")
        print(f"{file.name}: {compared} numbers, off by {worst:.1e} of the change at most")
    print("all equal")


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    run = commands.add_parser("run")
    run.add_argument("library", type=pathlib.Path)
    run.add_argument("name")
    run.add_argument("--driver", default="libcuda.so.1")
    run.add_argument("--shape", default="24x16")
    run.add_argument("--steps", type=int, default=3)
    run.add_argument("--replay", action="store_true")
    run.add_argument("--list", action="store_true")
    run.add_argument("--dump", type=pathlib.Path, required=True)
    comparison = commands.add_parser("compare")
    comparison.add_argument("files", type=pathlib.Path, nargs="+")
    comparison.add_argument("--exact", action="store_true")
    comparison.add_argument("--tolerance", type=float, default=1e-4)
    line = parser.parse_args()
    if line.command == "compare":
        compare(line)
    else:
        line.dump.write_bytes(pickle.dumps(Run(line).run()))


if __name__ == "__main__":
    main()
