"""Several processes come to the same as one, to the rounding of sums over ranks:
`distributed_tests.py [CASE...] BACKEND`. With NCCL each rank needs a GPU of its own.
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
    def run_ranks(self, tasks, world, folder=None):
        """Runs the tasks one after another in one group of processes, since what costs
        most is to start them.
        """
        if BACKEND == "nccl" and torch.cuda.device_count() < world:
            self.skipTest(f"{world} ranks need as many GPUs")
        with tempfile.TemporaryDirectory() as own:
            ranks = []
            for rank in range(world):
                environment = {**os.environ, "RANK": str(rank), "WORLD_SIZE": str(world)}
                ranks.append(
                    subprocess.Popen(
                        [sys.executable, WORKER, BACKEND, folder or own, *tasks],
                        env=environment,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                    )
                )
            said = []
            for process in ranks:
                try:
                    said.append(process.communicate(timeout=400)[0])
                except subprocess.TimeoutExpired:
                    for other in ranks:
                        other.kill()
                    said.append(process.communicate()[0] + "\n(timed out)")
            codes = [process.returncode for process in ranks]
            self.assertEqual(codes, [0] * world, "\n----\n".join(said))

class TwoRanks(Distributed):
    def test_trainers(self):
        self.run_ranks(["ddp", "fsdp", "columns", "variants", "failure", "refusals"], 2)

    @unittest.skipIf(
        BACKEND == "nccl",
        "its messages arrive in the order of the matrices, and a GPU looks at gradients in any case",
    )
    def test_the_order_of_messages_and_a_promise_for_whole_matrices(self):
        self.run_ranks(["order_of_messages", "finite_gradients"], 2)


class FourRanks(Distributed):
    def test_trainers(self):
        self.run_ranks(["ddp", "fsdp", "replicas"], 4)


class Checkpoints(Distributed):
    def test_they_load_on_another_number_of_ranks(self):
        with tempfile.TemporaryDirectory() as folder:
            self.run_ranks(["save"], 2, folder)
            self.run_ranks(["load", "save"], 4, folder)
            self.run_ranks(["load"], 2, folder)


if __name__ == "__main__":
    unittest.main()
