"""Four devices: owner-computes under `shard_map`, and what a sharded array becomes."""

import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"

import threading  # noqa: E402
import unittest  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jax.sharding import AxisType, NamedSharding  # noqa: E402
from jax.sharding import PartitionSpec as P  # noqa: E402
from steepest.jax import optimizer  # noqa: E402

DEVICES = 4
LAYERS = 8


def problem():
    """A stack of layers, as `scan` over layers has it, and data."""
    rng = np.random.default_rng(3)
    weights = jnp.asarray(rng.standard_normal((LAYERS, 16, 16)) / 4, jnp.float32)
    inputs = jnp.asarray(rng.standard_normal((32, 16)), jnp.float32)

    def loss(weights, inputs):
        def layer(x, w):
            return x + jnp.tanh(x @ w), None

        out, _ = jax.lax.scan(layer, inputs, weights)
        return (jnp.sin(out) ** 2).mean()

    return weights, inputs, loss


def mesh_of(kind):
    return jax.make_mesh((DEVICES,), ("data",), axis_types=(kind,))


def equal(left, right):
    same = jax.tree.map(lambda a, b: bool((np.asarray(a) == np.asarray(b)).all()), left, right)
    return all(jax.tree.leaves(same))


class Sharding(unittest.TestCase):
    def setUp(self):
        self.assertEqual(len(jax.devices()), DEVICES)
        self.mesh = mesh_of(AxisType.Auto)
        self.opt = optimizer("muon", lr=0.02, labels="matrix")

    def one_device(self, steps):
        weights, inputs, loss = problem()
        state = self.opt.init(weights)
        step = jax.jit(self.opt.step)
        # The sum over devices of the gradients of their shares of the data.
        grad = jax.jit(
            lambda w: sum(jax.grad(loss)(w, part) for part in jnp.split(inputs, DEVICES)) / DEVICES
        )
        for _ in range(steps):
            weights, state = step(weights, grad(weights), state)
        return weights, state

    def test_owner_computes(self):
        """Each device owns whole matrices: it gets their gradients, summed, steps them
        with states that only it has, and gives the results to all.
        """
        weights, inputs, loss = problem()
        owned, everywhere = P("data"), P()
        state = self.opt.init(weights)
        specs = jax.tree.map(lambda x: owned if x.ndim else everywhere, state)

        def step(weights, state, inputs):
            grads = jax.grad(loss)(weights, inputs)
            grads = jax.lax.psum_scatter(grads, "data", scatter_dimension=0, tiled=True)
            count = LAYERS // DEVICES
            first = jax.lax.axis_index("data") * count
            mine = jax.lax.dynamic_slice_in_dim(weights, first, count)
            mine, state = self.opt.step(mine, grads / DEVICES, state)
            return jax.lax.all_gather(mine, "data", tiled=True), state

        sharded = jax.jit(
            jax.shard_map(
                step,
                mesh=self.mesh,
                in_specs=(everywhere, specs, owned),
                out_specs=(everywhere, specs),
                check_vma=False,
            ),
            donate_argnums=(0, 1),
        )
        weights = jax.device_put(weights, NamedSharding(self.mesh, everywhere))
        inputs = jax.device_put(inputs, NamedSharding(self.mesh, owned))
        for _ in range(10):
            weights, state = sharded(weights, state, inputs)
        expected, expected_state = self.one_device(10)
        # The gradients are summed in another order, no more.
        np.testing.assert_allclose(weights, expected, atol=1e-4)
        np.testing.assert_allclose(state.states["m"], expected_state.states["m"], atol=1e-5)
        # A device keeps the states of what it owns.
        shard = state.states["m"].addressable_shards[0].data
        self.assertEqual(shard.shape, (LAYERS // DEVICES, 16, 16))

    def test_weights_that_stay_with_their_owners(self):
        """The same where weights are sharded too, and gathered for the model."""
        weights, _, _ = problem()
        owned = NamedSharding(self.mesh, P("data"))
        grads = jnp.cos(weights)
        state = self.opt.init(weights)
        expected = self.opt.step(weights, grads, state)
        specs = jax.tree.map(lambda x: P("data") if x.ndim else P(), state)
        step = jax.jit(
            jax.shard_map(
                self.opt.step,
                mesh=self.mesh,
                in_specs=(P("data"), P("data"), specs),
                out_specs=(P("data"), specs),
                check_vma=False,
            )
        )
        got = step(jax.device_put(weights, owned), jax.device_put(grads, owned), state)
        self.assertTrue(equal(got, expected))
        text = step.lower(weights, grads, state).compile().as_text()
        self.assertNotIn("all-gather", text)

    def test_matrices_cut_by_jit_are_put_together(self):
        """Without `shard_map` a matrix that is cut is gathered on every device: slower, and
        never orthogonalized piece by piece.
        """
        weights, _, _ = problem()
        one = weights[0]
        state = self.opt.init(one)
        expected = self.opt.step(one, jnp.cos(one), state)
        for kind in (AxisType.Auto, AxisType.Explicit):
            with self.subTest(kind):
                sharding = NamedSharding(mesh_of(kind), P("data", None))
                cut, grads = jax.device_put((one, jnp.cos(one)), sharding)
                got = jax.jit(self.opt.step)(cut, grads, state)
                self.assertTrue(equal(got, expected))

    def test_devices_at_once_share_the_pool(self):
        """Four programs step at once, each on its own device: one has the pool, the others
        work on their callers, and no bit depends on which.
        """
        weights, _, _ = problem()
        opt = optimizer("muon", labels="matrix", threads=2)
        step = jax.jit(opt.step)
        expected = step(weights, weights, opt.init(weights))
        results = [None] * DEVICES

        def run(index):
            device = jax.devices()[index]
            arguments = jax.device_put((weights, weights, opt.init(weights)), device)
            for _ in range(20):
                results[index] = step(*arguments)
            jax.block_until_ready(results[index])

        threads = [threading.Thread(target=run, args=(i,)) for i in range(DEVICES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            self.assertTrue(equal(result, expected))


if __name__ == "__main__":
    unittest.main()
