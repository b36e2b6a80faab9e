"""Several processes come to the same as one, to the rounding of sums over ranks:
`distributed_tests.py BACKEND`. With NCCL there are as many as GPUs, at most four.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import torch

WORKER = pathlib.Path(__file__).with_name("distributed_worker.py")


BACKEND = sys.argv.pop()


class Distributed(unittest.TestCase):
    def run_ranks(self, task, world, folder=None):
        if BACKEND == "nccl" and torch.cuda.device_count() < world:
            self.skipTest(f"{world} ranks need as many GPUs")
        with tempfile.TemporaryDirectory() as own:
            ranks = []
            for rank in range(world):
                environment = {**os.environ, "RANK": str(rank), "WORLD_SIZE": str(world)}
                ranks.append(
                    subprocess.Popen(
                        [sys.executable, WORKER, BACKEND, task, folder or own],
                        env=environment,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                    )
                )
            said = []
            for process in ranks:
                try:
                    said.append(process.communicate(timeout=200)[0])
                except subprocess.TimeoutExpired:
                    for other in ranks:
                        other.kill()
                    said.append(process.communicate()[0] + "\n(timed out)")
            codes = [process.returncode for process in ranks]
            self.assertEqual(codes, [0] * world, "\n----\n".join(said))

    def test_ddp(self):
        self.run_ranks("ddp", 2)

    def test_fsdp2_with_owners(self):
        for world in (2, 4):
            with self.subTest(world):
                self.run_ranks("fsdp", world)

    def test_variants(self):
        self.run_ranks("variants", 2)

    @unittest.skipIf(BACKEND == "nccl", "messages of NCCL arrive in the order of the matrices")
    def test_the_order_of_messages(self):
        self.run_ranks("order_of_messages", 2)

    @unittest.skipIf(BACKEND == "nccl", "a GPU looks at gradients in any case")
    def test_a_promise_holds_for_whole_matrices(self):
        self.run_ranks("finite_gradients", 2)

    def test_a_failure_is_everybodys(self):
        self.run_ranks("failure", 2)

    def test_checkpoints_load_on_another_number_of_ranks(self):
        for first, second in ((2, 4), (4, 2)):
            with self.subTest(first), tempfile.TemporaryDirectory() as folder:
                self.run_ranks("save", first, folder)
                self.run_ranks("load", second, folder)

    def test_refusals(self):
        self.run_ranks("refusals", 2)


if __name__ == "__main__":
    unittest.main()
