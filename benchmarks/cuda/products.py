#!/usr/bin/env python3
"""Products of the device template on an H100 or H200, against torch's.

    benchmarks/cuda/products.py build

reads build/test/CUDA/WGMMA.ptx (`ninja steepest-tests` makes it), which the driver
assembles, and prints ratios of times, medians of interleaved rounds:

    symmetric product X X^T against torch.matmul, which is cuBLASLt's here
    general product X Y^T against the same
    five Newton-Schulz steps against the usual formula, eager and by torch.compile

Each result is compared with torch's first; without torch there is nothing to compare
with, and all of it is skipped. With --dry-run nothing is launched and neither torch nor
a GPU is needed: what would be launched is printed, and kernels that the PTX does not
have fail.
"""

import ctypes
import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
sys.path += [str(FOLDER), str(ROOT / "test" / "CUDA" / "Ptxas")]

import assemble  # noqa: E402
import driver  # noqa: E402

SYMMETRIC = [512, 1024, 2048, 4096, 8192]
GENERAL = [4096, 8192]
STEPS = [(1, 4096, 4096), (8, 2048, 8192), (12, 768, 3072)]  # batch, m, n
COEFFICIENTS = (3.4445, -4.775, 2.0315)
PROCESSORS = 132  # of an H100 SXM; otherwise as the device says


@dataclass(frozen=True)
class Tile:
    """An entry point of Products.def, bf16 by wgmma."""

    rows: int
    columns: int
    threads: int
    cluster: int
    shared_bytes: int

    @property
    def name(self) -> str:
        """Its name there."""
        return f"wgmma_bf16_{self.rows}x{self.columns}"

    def grid(
        self, batch: int, m: int, n: int, symmetric: bool, processors: int
    ) -> int:
        """Blocks of a persistent launch: steepest_product_tiles at most."""
        across = -(-n // self.columns)
        if symmetric:
            tiles = self.cluster * across * (across + 1) // 2
        else:
            tiles = self.cluster * across * -(-m // (self.rows * self.cluster))
        per_processor = 2 if self.rows == 64 else 1
        most = processors * per_processor // self.cluster * self.cluster
        return min(batch * tiles, most)


TILES = [
    Tile(64, 64, 256, 1, 82944),
    Tile(128, 128, 384, 1, 197632),
    Tile(128, 256, 384, 2, 230400),
]


class Products:
    """Launches kernels of the template on torch's tensors, or says it would."""

    def __init__(self, build: pathlib.Path, dry: bool) -> None:
        self.dry = dry
        self.processors = PROCESSORS
        definitions = ROOT / "runtime" / "CUDA" / "Device" / "Products.def"
        text = (build / "test" / "CUDA" / "WGMMA.ptx").read_text()
        self.ptx = assemble.with_bounds(text, assemble.table(definitions))
        self.functions: dict[str, Any] = {}
        self.maps: dict[tuple[int, ...], Any] = {}
        if not dry:
            import torch

            properties = torch.cuda.get_device_properties(0)
            self.processors = properties.multi_processor_count
            self.driver = driver.Driver()
            self.module = self.driver.load(self.ptx.encode() + b"\0")

    def tensor_map(self, matrix: Any, box: tuple[int, int]) -> int:
        """The device address of a tensor map."""
        key = (matrix.data_ptr(), *matrix.shape, *box)
        if key not in self.maps:
            import torch

            encoded = self.driver.tensor_map(
                matrix.data_ptr(), *matrix.shape, box
            )
            self.maps[key] = torch.frombuffer(
                bytearray(encoded), dtype=torch.uint8
            ).cuda()
        return self.maps[key].data_ptr()

    def multiply(
        self,
        tile: Tile,
        layout: str,
        shape: tuple[int, int, int, int],
        matrices: tuple[Any, ...] = (),
        alpha: float = 1,
        beta: float = 0,
    ) -> None:
        """C = alpha A op(B) + beta D; `layout` as test/CUDA/Ptxas names it."""
        batch, m, n, k = shape
        name = f"{tile.name}__{layout}"
        grid = tile.grid(batch, m, n, layout.endswith("s"), self.processors)
        if self.dry:
            if f".entry {name}(" not in self.ptx:
                sys.exit(f"no kernel {name}")
            print(
                f"  {name} batch {batch} m {m} n {n} k {k}: grid {grid} block {tile.threads} "
                f"cluster {tile.cluster} shared {tile.shared_bytes}"
            )
            return
        import torch

        if name not in self.functions:
            self.functions[name] = self.driver.function(
                self.module, name, tile.shared_bytes
            )
        a, b, c, d = matrices
        box_b = (64, tile.columns // tile.cluster) if "t" in layout else (64, 64)
        maps = [
            self.tensor_map(a, (64, tile.rows)),
            self.tensor_map(b, box_b),
            self.tensor_map(c, (64, 64)),
        ]
        long, integer = ctypes.c_int64, ctypes.c_int32
        arguments = [
            *map(long, maps),
            *map(long, (c.data_ptr(), n, m * n)),
            *map(long, (d.data_ptr() if beta else 0, n, m * n)),
            *map(integer, (m, n, k, batch)),
            *map(ctypes.c_float, (alpha, beta, 0)),
        ]
        self.driver.launch(
            self.functions[name], grid, tile.threads, tile.cluster,
            tile.shared_bytes, torch.cuda.current_stream().cuda_stream, arguments,
        )


def median_ratio(ours: Callable[[], None], theirs: Callable[[], None]) -> float:
    """Their time over ours, on torch's stream."""
    import torch

    def time(work: Callable[[], None]) -> float:
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(driver.REPEATS):
            work()
        end.record()
        end.synchronize()
        return start.elapsed_time(end)

    return driver.median_ratio(time, ours, theirs)


def judge(what: str, got: Any, expected: Any, tolerance: float) -> None:
    """Ends the run if a result is wrong."""
    error = ((got.float() - expected.float()).norm() / expected.float().norm()).item()
    if not error <= tolerance:
        sys.exit(f"{what} is wrong: relative error {error:.2e}")


def random(batch: int, rows: int, columns: int) -> Any:
    """bf16 matrices with singular values of about one at most."""
    import torch

    torch.manual_seed(rows + columns)
    x = torch.randn(batch, rows, columns, device="cuda")
    return (x / (rows**0.5 + columns**0.5)).bfloat16()


def run_product(products: Products, n: int, symmetric: bool) -> None:
    """One line: the best tile, and its ratio."""
    shape, layout = (1, n, n, n), "nts" if symmetric else "nt"
    kind = "symmetric" if symmetric else "general"
    print(f"{kind} product, n = {n}")
    if products.dry:
        for tile in TILES:
            products.multiply(tile, layout, shape)
        return
    import torch

    x = random(1, n, n)
    y = x if symmetric else x.flip(1).contiguous()
    c, reference = torch.empty_like(x), torch.empty_like(x)
    torch.matmul(x[0], y[0].T, out=reference[0])
    for tile in TILES:
        products.multiply(tile, layout, shape, (x, y, c, c))
        judge(tile.name, c, reference, 1e-2)
        ratio = median_ratio(
            lambda: products.multiply(tile, layout, shape, (x, y, c, c)),
            lambda: torch.matmul(x[0], y[0].T, out=reference[0]),
        )
        print(f"  {tile.name}: {ratio:.2f}x cuBLASLt")


def run_steps(products: Products, batch: int, m: int, n: int) -> None:
    """Five steps X <- a X + (b A + c A^2) X, A = X X^T, m <= n."""
    print(f"five Newton-Schulz steps, {batch} of {m} x {n}")
    a, b, c = COEFFICIENTS
    tile = TILES[1] if m <= 1024 else TILES[2]

    def steps(x: Any, other: Any, gram: Any, poly: Any) -> Any:
        for _ in range(1 if products.dry else 5):
            products.multiply(tile, "nts", (batch, m, m, n), (x, x, gram, gram))
            products.multiply(
                tile, "nts", (batch, m, m, m), (gram, gram, poly, gram), c, b
            )
            products.multiply(
                tile, "nn", (batch, m, n, m), (poly, x, other, x), 1, a
            )
            x, other = other, x
        return x

    if products.dry:
        steps(None, None, None, None)
        return
    import torch

    def eager(x: Any) -> Any:
        for _ in range(5):
            gram = x @ x.mT
            x = a * x + (b * gram + c * gram @ gram) @ x
        return x

    reference = torch.compile(eager)

    x, gram = random(batch, m, n), random(batch, m, m)
    work = [x.clone(), torch.empty_like(x), gram, torch.empty_like(gram)]
    judge("Newton-Schulz", steps(*work), reference(x), 1e-1)
    work[0].copy_(x)
    for name, other in (("torch.compile", reference), ("torch eager", eager)):
        ratio = median_ratio(lambda: steps(*work), lambda: other(x))
        print(f"  {tile.name}: {ratio:.2f}x {name}")


def main() -> None:
    """See the top of the file."""
    arguments = driver.parse_arguments(__doc__)
    if not arguments.dry_run:
        torch = driver.find_torch(arguments.driver)
        if isinstance(torch, str):
            print(f"products: skipped, {torch}")
            return
        torch.zeros(1, device="cuda")  # makes the context current
        print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
        if torch.cuda.get_device_capability()[0] != 9:
            sys.exit(f"expects an sm_90 device, got {torch.cuda.get_device_name()}")
    products = Products(arguments.build, arguments.dry_run)
    for n in SYMMETRIC:
        run_product(products, n, symmetric=True)
    for n in GENERAL:
        run_product(products, n, symmetric=False)
    for batch, m, n in STEPS:
        run_steps(products, batch, m, n)


if __name__ == "__main__":
    main()
