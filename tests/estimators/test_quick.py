"""The quick ways of the estimators have the results of scikit-learn's base classes."""

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import accuracy_score

import layerwise as lw


class TestClones:
    @pytest.mark.parametrize("sizes", [(3, 4), [3, 4], np.array([3, 4]), 5, ((3,), [4])])
    def test_have_the_parameters(self, sizes):
        model = lw.MLPClassifier(sizes, alpha=np.float64(0.1), dtype=np.float32, random_state=3)
        copied = clone(model)
        assert type(copied) is lw.MLPClassifier
        assert str(copied.get_params()) == str(model.get_params())
        assert (copied.hidden_layer_sizes is sizes) == isinstance(sizes, int)

    def test_share_nothing_that_can_be_changed(self):
        inner = ([4],)
        assert clone(lw.MLPClassifier(inner)).hidden_layer_sizes[0] is not inner[0]

    def test_have_learnt_nothing(self):
        model = lw.LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        assert vars(clone(model)) == vars(lw.LogisticRegression())

    def test_keep_what_is_asked_of_them(self):
        with config_context(enable_metadata_routing=True):
            model = lw.LogisticRegression().set_fit_request(sample_weight=True)
            assert clone(model).get_metadata_routing().fit.requests == {"sample_weight": True}

    def test_of_a_constructor_that_changes_what_it_is_given_are_refused(self):
        class Changes(lw.LogisticRegression):
            def __init__(self, C=1.0):
                super().__init__(C=2 * C)

        with pytest.raises(RuntimeError, match="does not set or modifies parameter C"):
            clone(Changes())


class TestSetting:
    def test_parameters(self):
        model = lw.MLPRegressor()
        assert model.set_params(alpha=1.0, tol=0.5) is model
        assert (model.alpha, model.tol) == (1.0, 0.5)
        assert model.set_params() is model

    @pytest.mark.parametrize("name", ["alfa", "alpha__b"])
    def test_others_are_refused(self, name):
        with pytest.raises((ValueError, AttributeError)):
            lw.MLPRegressor().set_params(**{name: 1.0})

    def test_names_are_those_of_each_class(self):
        class Narrow(lw.LogisticRegression):
            def __init__(self, C=1.0):
                super().__init__(C=C)

        assert Narrow().get_params() == {"C": 1.0}
        with pytest.raises(ValueError, match="Invalid parameter 'tol'"):
            Narrow().set_params(tol=1.0)


def test_scores_are_accuracies():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(31, 2)), rng.integers(3, size=31)
    model = lw.LogisticRegression().fit(X, y)
    assert model.score(X, y) == accuracy_score(y, model.predict(X))
    w = rng.uniform(size=31)
    assert model.score(X, y, w) == pytest.approx(accuracy_score(y, model.predict(X), sample_weight=w), rel=1e-15)
