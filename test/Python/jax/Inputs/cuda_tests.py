"""The handler of GPUs under XLA, with a CPU in the GPU's place (posing.py)."""

import ctypes
import unittest

import jax
import jax.ffi
import jax.numpy as jnp
import numpy as np
import optax
import steepest
from posing import HANDLER, MOCK, SHIM, calls, near, pose
from steepest.jax import gpu, native, optimizer, partition, rule

pose()

LARGE = 1e-4  # of numbers around 1, in f32, by another order of sums


def normal(seed, *shape, dtype=jnp.float32):
    return jax.random.normal(jax.random.key(seed), shape, dtype)


def problem():
    params = {"embed": normal(0, 5, 4), "kernel": normal(1, 6, 9), "bias": normal(2, 9)}
    return params, jax.tree.map(lambda x: jnp.sin(3 * x), params)


class OnModel(unittest.TestCase):
    def setUp(self):
        calls()

    def tearDown(self):
        self.assertEqual(MOCK.mock_take_error(), b"")


class Steps(OnModel):
    def by_numpy(self, params, grads, rules, steps):
        """The same steps on the CPU, array by array."""
        params = jax.tree.map(np.array, params)
        states = {}
        for name, (spec, hypers) in rules.items():
            own = steepest.compile(spec)
            w = params[name].reshape(1, -1) if params[name].ndim == 1 else params[name]
            states[name] = own.init(w)
            for _ in range(steps):
                own.step(w, np.asarray(grads[name]).reshape(w.shape), states[name], **hypers)
            params[name] = w.reshape(params[name].shape)
        return params, states

    def test_the_same_as_on_the_cpu(self):
        params, grads = problem()
        for name in ("sgd", "muon", "normuon", "signsgd"):
            with self.subTest(name):
                opt = optimizer(name, lr=0.05, rest="adamw")
                rules = dict.fromkeys(params, ("adamw", {}))
                rules["kernel"] = (name, {"lr": 0.05})
                expected, states = self.by_numpy(params, grads, rules, 2)
                state, stepped = opt.init(params), params
                step = jax.jit(opt.step)
                for _ in range(2):
                    stepped, state = step(stepped, grads, state)
                near(stepped, expected, LARGE)
                opt.check(state, params)
                for kept, own in states["kernel"].items():
                    near(state.states[kept]["kernel"], own, LARGE)

    def test_updates_and_types(self):
        for dtype in (jnp.float32, jnp.bfloat16):
            params, grads = jax.tree.map(lambda x: x.astype(dtype), problem())
            opt = optimizer("muon", lr=0.5, master=True)
            state = opt.init(params)
            stepped, after = jax.jit(opt.step)(params, grads, state)
            updates, same = jax.jit(opt.update)(grads, state, params)
            near(updates, jax.tree.map(lambda new, old: new - old, stepped, params), 0)
            near(after, same, 0)
        with jax.enable_x64(True):
            w = normal(0, 4, 3, dtype=jnp.float64)
            opt = optimizer("sgd", lr=1 / 3, beta=0.5)
            stepped, _ = jax.jit(opt.step)(w, jnp.cos(w), opt.init(w))
            near(stepped, w - jnp.cos(w) / 6, 1e-15)

    def test_what_is_donated_stays_where_it_is(self):
        params, grads = problem()
        opt = optimizer("muon")
        state = opt.init(params)
        step = jax.jit(opt.step, donate_argnums=(0, 2))
        before = [x.unsafe_buffer_pointer() for x in jax.tree.leaves((params, state.states))]
        params, state = step(params, grads, state)
        after = [x.unsafe_buffer_pointer() for x in jax.tree.leaves((params, state.states))]
        self.assertEqual(before, after)

    def test_a_step_is_launches_and_one_preparation(self):
        params = {str(n): normal(n, 3, 4) for n in range(20)}
        opt = optimizer("adamw", lr=0.1)
        state = opt.init(params)
        step = jax.jit(opt.step)
        jax.block_until_ready(step(params, params, state))
        calls()
        jax.block_until_ready(step(params, params, state))
        preparation = ["cuCtxGetDevice"] + ["cuMemsetD2D32Async"] * 2
        # 12 tasks of AdamW a launch.
        self.assertEqual(calls(), preparation + ["cuLaunchKernelEx"] * 2)

    def test_reports(self):
        params, grads = problem()
        opt = optimizer("muon")
        _, state = jax.jit(opt.step)(params, grads, opt.init(params))
        muon = steepest.compile("muon")
        w = np.array(params["kernel"])
        expected = muon.step(w, np.asarray(grads["kernel"]), muon.init(w))
        report = opt.report(state, params)["kernel"]
        self.assertAlmostEqual(report.gap, expected.gap, delta=1e-3)
        self.assertAlmostEqual(report[0].value, expected[0].value, delta=1e-3)

    def test_scan_vmap_and_schedules(self):
        opt = optimizer("muon", lr=optax.linear_schedule(0.1, 0.0, 10), labels="matrix")
        w, g = normal(0, 3, 5, 6), normal(1, 3, 5, 6)

        def run(w, g):
            def body(carry, _):
                return opt.step(carry[0], g, carry[1]), None

            return jax.lax.scan(body, (w, opt.init(w)), length=3)[0][0]

        muon = steepest.compile("muon")
        expected = np.array(w)
        for one, gradient in zip(expected, np.asarray(g)):
            state = muon.init(one)
            for count in range(3):
                muon.step(one, gradient, state, lr=0.1 - 0.01 * count)
        near(jax.jit(jax.vmap(run))(w, g), expected, LARGE)

    def test_a_sweep_is_tasks(self):
        rates, w = jnp.array([0.1, 0.2]), normal(0, 3, 5, 4)

        def step(lr, w):
            both = partition(
                {"a": rule("sgd", lr=lr, beta=0.0), "b": rule("signsgd", lr=0.5)}, ["a", "b", "a"]
            )
            return both.step([w, w, 2 * w], [w, w, w], both.init([w, w, w]))[0]

        over_w = jax.vmap(step, (None, 0))
        out = jax.jit(jax.vmap(over_w, (0, None)))(rates, w)
        lr = rates[:, None, None, None]
        near(out, [(1 - lr) * w, (w - 0.5 * jnp.sign(w))[None].repeat(2, 0), (2 - lr) * w], 1e-6)

    def test_empty_arrays(self):
        params = {"empty": jnp.zeros((0, 5)), "w": normal(0, 3, 4)}
        opt = optimizer("adamw")
        stepped, state = jax.jit(opt.step)(params, params, opt.init(params))
        self.assertEqual(stepped["empty"].shape, (0, 5))
        opt.check(state, params)
        near(opt.report(state, params)["empty"][0].value, 0, 0)


class Failures(OnModel):
    def test_what_was_not_stepped_is_known_to_check(self):
        params, grads = problem()
        params["stack"], grads["stack"] = normal(3, 3, 4, 5), normal(4, 3, 4, 5)
        labels = {"embed": "rest", "bias": "rest", "kernel": "matrix", "stack": "matrix"}
        opt = optimizer("muon", labels=labels)
        grads["stack"] = grads["stack"].at[1, 2, 2].set(jnp.nan)
        grads["embed"] = grads["embed"].at[0, 0].set(jnp.inf)
        stepped, state = jax.jit(opt.step)(params, grads, opt.init(params))
        with self.assertRaises(steepest.StepError) as caught:
            opt.check(state, params)
        self.assertEqual(
            str(caught.exception), "embed (adamw): nonfinite\nstack[1] (muon): nonfinite"
        )
        self.assertEqual(caught.exception.status, "nonfinite")
        near(stepped["stack"][1], params["stack"][1], 0)
        near(stepped["embed"], params["embed"], 0)
        self.assertFalse(bool((stepped["stack"][0] == params["stack"][0]).any()))
        self.assertEqual(opt.report(state, params)["stack"][1].value, 0)
        self.assertGreater(opt.report(state, params)["stack"][0].value, 0)

    def test_a_launch_that_the_driver_refuses(self):
        class Settings(ctypes.Structure):
            _fields_ = [(n, ctypes.c_int) for n in ("version", "major", "minor", "processors")] + [
                ("hasContext", ctypes.c_int),
                ("failing", ctypes.c_char_p),
                ("result", ctypes.c_int),
                ("seed", ctypes.c_uint64),
            ]

        MOCK.mock_defaults.restype = Settings
        usual = MOCK.mock_defaults()
        self.addCleanup(SHIM.pose, HANDLER, 0, False)
        self.addCleanup(MOCK.mock_configure, ctypes.byref(MOCK.mock_defaults()))
        w = normal(0, 3, 4)
        opt = optimizer("sgd")
        state, step = opt.init(w), jax.jit(opt.step)
        jax.block_until_ready(step(w, w, state))
        for failing, message in (
            (b"cuLaunchKernelEx", "INTERNAL: steepest: sgd of the parameter: cannot launch the step:.*719"),
            (b"cuMemsetD2D32Async", "INTERNAL: steepest: cannot prepare the workspace: .*719"),
        ):
            broken = MOCK.mock_defaults()
            broken.failing, broken.result = failing, 719
            MOCK.mock_configure(ctypes.byref(broken))
            # What JAX makes of an error depends on how it came to the call.
            with self.assertRaisesRegex((RuntimeError, ValueError), message):
                jax.block_until_ready(step(w, w, state))
            MOCK.mock_configure(ctypes.byref(usual))
        # A device on which nothing was loaded, without a context.
        usual.hasContext = 0
        MOCK.mock_configure(ctypes.byref(usual))
        SHIM.pose(HANDLER, 1, False)
        with self.assertRaisesRegex((RuntimeError, ValueError), "sgd: this thread has no current"):
            jax.block_until_ready(step(w, w, state))
        usual.hasContext = 1
        MOCK.mock_configure(ctypes.byref(usual))
        SHIM.pose(HANDLER, 0, False)
        jax.block_until_ready(step(w, w, state))


W = jnp.arange(6.0).reshape(2, 3)


def call(operands=(W, W, W), more=(1, 1 << 16), rows=None, in_place=True, **changed):
    """A call for one matrix of SGD on the model, with attributes changed or left out.
    `more` is how many statuses and bytes of workspace there are.
    """
    handler = native.handler()
    attributes = {
        "rules": handler.register(steepest.compile("sgd", **gpu.OPTIONS)),
        "names": "w",
        "entries": np.array([0]),
        "ranks": np.array([2, 2, 2]),
        "hypers": np.array([0.5, 0.0]),
        "traced": np.array([], np.int64),
        "parts": np.array([1]),
        "lists": np.int64(1 << 12),
    } | changed
    attributes = {name: value for name, value in attributes.items() if value is not None}
    with jax.enable_x64(True):
        leading = [] if rows is None else [jnp.asarray(rows, jnp.float64)]
        shapes = [jax.ShapeDtypeStruct((2, 3), jnp.float32)] * 2
        shapes += [jax.ShapeDtypeStruct((1, 8), jnp.float64)]
        shapes += [jax.ShapeDtypeStruct((more[0],), jnp.int32)]
        shapes += [jax.ShapeDtypeStruct((more[1],), jnp.uint8)]
        first, last = len(leading), len(leading) + len(operands) - 1
        aliases = {first: 0, last: 1} if in_place else {}
        return jax.ffi.ffi_call(native.GPU_TARGET, shapes, input_output_aliases=aliases)(
            *leading, *operands, **attributes
        )


class ByHand(OnModel):
    def fails(self, message, *arguments, **changed):
        with self.assertRaisesRegex((RuntimeError, ValueError), message):
            jax.block_until_ready(call(*arguments, **changed))

    def test_a_call(self):
        for more in ({}, {"rows": [[0.5, 0.0]], "traced": np.array([0]), "hypers": np.ones(2)}):
            stepped, momentum, certificate, status, _ = call(**more)
            near(stepped, 0.5 * W, 1e-6)
            near(momentum, W, 1e-6)
            self.assertEqual((certificate.shape, status.tolist()), ((1, 8), [0]))

    def test_code_is_loaded_before_the_first_step(self):
        self.addCleanup(SHIM.pose, HANDLER, 0, False)
        for initializing, expected in ((True, "cuLibraryLoadData"), (False, "cuLaunchKernelEx")):
            SHIM.pose(HANDLER, 2, initializing)
            jax.block_until_ready(call())
            own = {"cuLibraryLoadData", "cuLaunchKernelEx"} & set(calls())
            self.assertEqual(own, {expected})
        # What is wrong then is for the step to say.
        SHIM.pose(HANDLER, 2, True)
        jax.block_until_ready(call(rules="no/such"))
        self.assertEqual(calls(), [""])

    def test_what_is_refused(self):
        self.fails("expects a call made by steepest.jax", ranks=None)
        self.fails("expects a call made by steepest.jax", parts=None)
        self.fails("expects a call made by steepest.jax", parts=np.array([1, 1]))
        self.fails("rule 0 has no tasks", parts=np.array([0]))
        self.fails("the optimizer no/such, which this process has not compiled", rules="no/such")
        self.fails("entry 0 has no rule", entries=np.array([1]))
        self.fails("the workspace is too small", lists=np.int64(64))
        self.fails("cannot allocate lists of", lists=np.int64(1 << 62))
        self.fails("expects 3 operands, 5 results and 2 hyper-parameters, got 2, 5", (W, W))
        self.fails("expects 1 statuses of sgd", more=(2, 1 << 16))
        self.fails("operand 0 has no rule", rows=[[0.5, 0.0]], traced=np.array([3]))
        self.fails("expects 2 hyper-parameters of sgd", rows=[[0.5]], traced=np.array([0]))
        self.fails("a batch of 2 hyper-parameters to divide one of 1", parts=np.array([2]))
        self.fails(r"sgd of w: the workspace has \d+ bytes.*short_workspace", more=(1, 17000))
        self.fails(r"the workspace has \d+ bytes, expected 16384 or more", more=(1, 300))
        self.fails(r"sgd of w: .*\(bad_shape\)", (W, W[:, :2], W))
        host = native.handler().register(steepest.compile("sgd"))
        self.fails("expects optimizers compiled for GPUs, got sgd for ", rules=host)
        self.fails("expects results in the place of their operands, got w", in_place=False)

    def test_xla_may_capture_it(self):
        """XLA asks by a call with an extension for the version and the traits."""

        class Base(ctypes.Structure):
            _fields_ = [
                ("size", ctypes.c_size_t),
                ("type", ctypes.c_int),
                ("next", ctypes.c_void_p),
            ]

        class Metadata(ctypes.Structure):
            _fields_ = [
                ("size", ctypes.c_size_t),
                ("version_size", ctypes.c_size_t),
                ("version_extension", ctypes.c_void_p),
                ("major", ctypes.c_int),
                ("minor", ctypes.c_int),
                ("traits", ctypes.c_uint32),
                ("state_type", ctypes.c_int64),
            ]

        class Question(ctypes.Structure):
            _fields_ = [("base", Base), ("metadata", ctypes.POINTER(Metadata))]

        for step, traits in ((HANDLER, 1), (native.handler()._library.steepest_xla_step, 0)):
            metadata = Metadata(traits=9)
            question = Question(Base(ctypes.sizeof(Question), 1), ctypes.pointer(metadata))
            # Of the call's frame: its size, its extension, and nothing that is read.
            frame = (ctypes.c_void_p * 64)(512, ctypes.addressof(question))
            step.restype = ctypes.c_void_p
            self.assertIsNone(step(frame))
            self.assertEqual((metadata.major, metadata.traits), (0, traits))


if __name__ == "__main__":
    unittest.main()
