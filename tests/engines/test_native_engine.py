"""The Python side of the native engine: what it refuses, what it reads, and what stands in where it is not there."""

import ast
import gc
import os
import re
import subprocess
import sys
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES, native_engine
from layerwise.equations.optimizers import Adam
from layerwise.errors import DivergenceWarning, ParameterError
from layerwise.training.train import prepared

needs_native = pytest.mark.skipif("native" not in ENGINES, reason="needs the native core")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 24))
NUMBERS = 10 * X[1:] - X[:1]
WEIGHTS = RNG.uniform(0.1, 2, 24)
NET = lw.Network((2, 4, 3, 1), ("relu", "tanh", "identity"))
HUGE = lw.Parameters.from_vector(NET.sizes, lw.initialize(NET).vector * 1e30)

RUN = """
import numpy as np, layerwise as lw
net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
X, Y = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([[0, 1, 1, 0]])
def train(engine="auto"):
    return lw.train(net, X, Y, epochs=20, seed=3, dtype="float64", engine=engine)
"""
"""What the scripts of a fresh interpreter begin with."""

NOT_BUILT = "import sys; sys.modules['layerwise.engines._native'] = None\n"
NOT_LOADABLE = """
import importlib.machinery, sys
class Broken:
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "layerwise.engines._native" else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        raise ImportError("libstdc++.so.6: version `GLIBCXX_3.4.32' not found")
sys.meta_path.insert(0, Broken())
"""
CURE = "pip install --force-reinstall --no-cache-dir layerwise."
NO_COMPILER = (
    "The engine 'native' was not built, as no C++20 compiler was found when layerwise was installed. "
    f"Install GCC 11 or Clang 14, or newer, and then: {CURE}"
)
NO_LIBRARY = (
    f"The engine 'native' cannot be loaded (libstdc++.so.6: version `GLIBCXX_3.4.32' not found). Build it again: {CURE}"
)


@dataclass(frozen=True)
class Own(Adam):
    """A rule that is not compiled."""


def in_a_fresh_interpreter(script, **environment):
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=os.environ | environment
    )
    assert run.returncode == 0, run.stderr
    return run.stdout, run.stderr


def error_of(call):
    return f"try:\n    {call}\nexcept lw.errors.LayerwiseError as error:\n    print(error)"


@needs_native
def test_a_rule_of_ones_own_is_refused():
    with pytest.raises(
        ParameterError,
        match=r"^The optimizer and the loss of train must be of the library's own with engine='native'\. Got Own and "
        r"squared_error: use engine='auto' or engine='numpy'\.$",
    ):
        lw.train(NET, X, NUMBERS, optimizer=Own(), engine="native")


@needs_native
class TestInstructionSets:
    @pytest.mark.parametrize("isa", ["v2", "v3", "v4"])
    def test_one_is_chosen(self, isa):
        from layerwise.engines._native import isas

        if isa not in isas():
            pytest.skip(f"neither this processor nor this build has {isa}")
        script = f"""{RUN}
from layerwise.engines.native_engine import instruction_set
one, other = (train(engine).parameters.vector for engine in ("native", "numpy"))
print(instruction_set(), np.allclose(one, other, rtol=1e-11, atol=0))
"""
        assert in_a_fresh_interpreter(script, LAYERWISE_ISA=isa) == (f"{isa} True\n", "")

    def test_without_a_word_it_is_the_best(self):
        from layerwise.engines._native import isas

        script = "from layerwise.engines.native_engine import instruction_set; print(instruction_set())"
        assert in_a_fresh_interpreter(script, LAYERWISE_ISA="") == (f"{isas()[0]}\n", "")

    @pytest.mark.parametrize("call", ["train('native')", "train()", "lw.predict(net, lw.initialize(net), X)"])
    def test_an_unknown_one_is_refused(self, call):
        output, _ = in_a_fresh_interpreter(RUN + error_of(call), LAYERWISE_ISA="v9")
        assert re.fullmatch(
            r"The environment variable LAYERWISE_ISA must be one of (v\d, )*v\d, which this processor and this build "
            r"have\. Got 'v9'\.\n",
            output,
        )


@pytest.mark.parametrize(("missing", "why"), [(NOT_BUILT, NO_COMPILER), (NOT_LOADABLE, NO_LIBRARY)])
class TestWhereItIsNotThere:
    def test_auto_trains_with_the_numpy_engine_and_says_so_once(self, missing, why):
        script = f"""{missing}{RUN}
import warnings
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    one, other, same = train(), train(), train("numpy")
print(same.parameters.vector.tobytes() == one.parameters.vector.tobytes() == other.parameters.vector.tobytes())
print(len(caught), caught[0].category.__name__, caught[0].filename)
print(caught[0].message)
"""
        output, errors = in_a_fresh_interpreter(script)
        message = f"Training runs on the NumPy engine, many times slower. {why}"
        assert (output, errors) == (f"True\n1 EngineWarning <string>\n{message}\n", "")

    def test_the_numpy_engine_is_silent_and_so_are_predictions(self, missing, why):
        script = (
            f"{missing}{RUN}result = train('numpy')\nprint(lw.predict(net, result.parameters, X) == result.predict(X))"
        )
        assert in_a_fresh_interpreter(script) == ("[[ True  True  True  True]]\n", "")

    def test_the_native_one_names_the_cure(self, missing, why):
        assert in_a_fresh_interpreter(missing + RUN + error_of("train('native')")) == (f"{why}\n", "")


@needs_native
def test_the_stub_names_what_the_module_has():
    from layerwise.engines import _native

    stub = ast.parse((Path(native_engine.__file__).parent / "_native.pyi").read_text(encoding="utf-8"))
    classes = {node.name: members(node.body) for node in stub.body if isinstance(node, ast.ClassDef)}
    bases = {node.name: [base.id for base in node.bases] for node in stub.body if isinstance(node, ast.ClassDef)}
    assert public(members(stub.body)) == public(vars(_native))
    for name in public(classes):
        of_it = classes[name].union(*(classes.get(base, set()) for base in bases[name]))
        assert public(of_it) == public(vars(getattr(_native, name)))


def members(body):
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names | {node.target.id for node in body if isinstance(node, ast.AnnAssign)}


def public(names):
    return {name for name in names if not name.startswith("_")}


@needs_native
@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 1e30},
        {"learning_rate": 1e30, "batch_size": 5},
        {"learning_rate": 1e3, "optimizer": "momentum", "batch_size": 1},
        {"learning_rate": 1e38, "optimizer": "adam", "batch_size": 7, "clip_norm": 1.0},
        {"learning_rate": 1e38, "optimizer": "rmsprop", "dropout": 0.5, "seed": 3},
        {"learning_rate": 1e6, "batch_size": 5, "dropout": (0.3, 0.2), "l2": 0.4, "seed": 5},
        {"learning_rate": 1e6, "batch_size": 11, "sample_weight": WEIGHTS, "l2": 0.4},
        {"learning_rate": 1e6, "validation": (X, NUMBERS), "early_stopping": 50},
        {"optimizer": "lbfgs", "initial": HUGE},
    ],
    ids=str,
)
def test_a_divergence_is_found_where_the_numpy_engine_finds_it(options):
    found = []
    for engine in ("numpy", "native"):
        with pytest.warns(DivergenceWarning):
            found.append(lw.train(NET, X, NUMBERS, engine=engine, **options).divergence)
    assert found[0] == found[1]


@needs_native
def test_an_outcome_that_is_kept_keeps_neither_its_run_nor_its_data():
    run = prepared(NET, X, NUMBERS, epochs=2, learning_rate=0.01, engine="native")
    gone = weakref.ref(run.job.data)
    outcome = run.engine.run(run.job.plan, run.job.data)
    del run
    gc.collect()
    assert gone() is None
    assert outcome.progress is outcome.progress
    assert outcome.progress.parameters.vector.tolist() == outcome.parameters.vector.tolist()
    assert not np.shares_memory(outcome.progress.parameters.vector, outcome.parameters.vector)
