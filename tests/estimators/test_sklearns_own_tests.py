"""scikit-learn's own tests of its perceptrons, run on ours.

Those that it would be wrong to pass are listed with their reasons; the rest of the file is theirs, unchanged.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

import layerwise as lw

REACHES_INSIDE = {
    "test_gradient": "calls the private _loss_grad_lbfgs with scikit-learn's own buffers",
    "test_learning_rate_warmstart": "reads _optimizer.learning_rate",
    "test_adaptive_learning_rate": "reads _optimizer.learning_rate",
}


def _their_tests():
    theirs = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    source = Path(theirs.origin).read_text(encoding="utf-8")
    imported = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
    assert imported in source
    module = importlib.util.module_from_spec(theirs)
    sys.modules[module.__name__] = module  # where joblib looks for what it loads
    ours = source.replace(imported, "from layerwise import MLPClassifier, MLPRegressor\n")
    exec(compile(ours, theirs.origin, "exec"), module.__dict__)
    assert module.MLPClassifier is lw.MLPClassifier
    return {name: test for name, test in vars(module).items() if name.startswith("test_")}


THEIRS = _their_tests()
globals().update({name: test for name, test in THEIRS.items() if name not in REACHES_INSIDE})
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def global_random_seed():
    return 42


def test_nothing_is_listed_that_is_not_there():
    assert set(REACHES_INSIDE) < set(THEIRS)
    assert len(THEIRS) > 40
