"""`layerwise.save` and `layerwise.load` of scikit-learn's estimators, with it and without."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import layerwise as lw
from layerwise.equations.schedules import Cosine, WarmUp
from layerwise.errors import DataError, ModelFileError, ModelFileNotice, ParameterError, ShapeError
from layerwise.estimators.plain import PlainModel
from layerwise.storage import read_model_file, write_model_file

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:lbfgs failed")

X = np.random.default_rng(0).normal(size=(60, 4))
TARGETS = {
    "whole numbers": np.where(X[:, 0] > 0, 7, -3),
    "two texts": np.where(X[:, 0] > 0, "ja", "nein"),
    "three texts": np.where(X[:, 0] > 0, "größer", np.where(X[:, 1] > 0, "gleich", "")),
    "texts with room": np.where(X[:, 0] > 0, "a", "b").astype("U12"),
    "objects": np.where(X[:, 0] > 0, "ja", "nein").astype(object),
    "booleans": X[:, 0] > 0,
    "floats": np.where(X[:, 0] > 0, 1.0, 2.0).astype(np.float32),
    "unsigned": (X[:, 0] > 0).astype(np.uint8) + (X[:, 1] > 0),
}
LABELS = (X[:, :3] > 0).astype(int)
SMALL = {"hidden_layer_sizes": (5,), "max_iter": 4, "random_state": 1}


def classifier(**options):
    return lw.MLPClassifier(**{**SMALL, **options})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model"


def returned(model, path):
    lw.save(model, path)
    return lw.load(path)


def equal(a, b):
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and (a == b).all()
    return type(a) is type(b) and a == b


def check_the_same(model, loaded, rows):
    assert type(loaded) is type(model)
    assert repr(loaded.get_params()) == repr(model.get_params())
    fitted = [name for name in vars(model) if name.endswith("_") and not name.startswith("_")]
    assert {name for name in vars(loaded) if name.endswith("_")} >= set(fitted)
    for name in fitted:
        assert equal(getattr(model, name), getattr(loaded, name)), name
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        if hasattr(model, method):
            assert equal(getattr(model, method)(rows), getattr(loaded, method)(rows)), method


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "model",
    [classifier(), classifier(early_stopping=True), lw.LogisticRegression(), lw.LogisticRegression(solver="newton")],
    ids=["MLP", "MLP with early stopping", "logistic", "logistic by Newton"],
)
def test_a_classifier_comes_back_to_the_bit(path, model, name, dtype):
    rows = X.astype(dtype)
    model = clone(model).fit(rows, TARGETS[name])
    check_the_same(model, returned(model, path), rows)


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "huber(delta=0.3)", "quantile(q=0.9)"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_a_regressor_comes_back_to_the_bit(path, loss, outputs):
    y = np.abs(X[:, :outputs]).squeeze()
    model = lw.MLPRegressor(loss, **SMALL).fit(X, y)
    check_the_same(model, returned(model, path), X)


def test_labels_side_by_side_come_back(path):
    model = classifier().fit(X, LABELS)
    check_the_same(model, returned(model, path), X)


def test_names_of_columns_come_back_and_are_checked(path):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "größe"])
    for model in (classifier(), lw.LogisticRegression()):
        loaded = returned(model.fit(frame, TARGETS["two texts"]), path)
        check_the_same(model, loaded, frame)
        with pytest.raises(ValueError, match="feature names"):
            loaded.predict(frame[["b", "a", "c", "größe"]])


@pytest.mark.parametrize(
    "options",
    [
        {"hidden_layer_sizes": [3, 2], "activation": ["tanh", "gelu"], "dropout": [0.1, 0.0]},
        {"hidden_layer_sizes": np.array([3, 2])},
        {"class_weight": {7: 2.0, -3: 1.0}, "n_iter_no_change": np.inf},
        {"class_weight": {np.int64(7): np.float32(2.0), -3: 1.0}},
        {"schedule": WarmUp(2, then=Cosine()), "clip_norm": 1.0, "n_threads": 1},
        {"dtype": np.float32, "solver": "lbfgs"},
        {"dtype": "float64", "scoring": "loss", "early_stopping": True},
    ],
)
def test_parameters_come_back(path, options):
    model = classifier(**options).fit(X, TARGETS["whole numbers"])
    before, after = model.get_params(), returned(model, path).get_params()
    for name, value in before.items():
        assert type(after[name]) is type(value)
        assert np.all(after[name] == value), name


def test_what_no_file_keeps_is_told_and_has_its_default(path):
    class Quiet:
        def on_epoch_end(self, state):
            pass

    y = TARGETS["whole numbers"]
    model = classifier(callbacks=[Quiet()], random_state=np.random.RandomState(3)).fit(X, y)
    message = "MLPClassifier: a model file holds no code and no objects, so callbacks, random_state will have"
    with pytest.warns(ModelFileNotice, match=message) as told:
        lw.save(model, path)
    assert told[0].filename == __file__
    loaded = lw.load(path)
    assert loaded.callbacks is None
    assert loaded.random_state is None
    assert equal(loaded.predict_proba(X), model.predict_proba(X))


def test_a_loss_of_ones_own_is_left_out_and_the_predictions_are_not(path):
    def half_square(y_true, y_pred):
        return ((y_pred - y_true) ** 2).sum(axis=1) / 2, y_pred - y_true

    model = lw.MLPRegressor(half_square, **SMALL).fit(X, X[:, 0])
    with pytest.warns(ModelFileNotice, match="so loss will have the default"):
        lw.save(model, path)
    loaded = lw.load(path)
    assert loaded.loss == "squared_error"
    assert equal(loaded.predict(X), model.predict(X))


def test_a_loaded_estimator_goes_on_from_its_weights(path):
    y = TARGETS["two texts"]
    model = classifier(max_iter=6).fit(X, y)
    loaded = returned(model, path)
    loaded.partial_fit(X, y)
    assert loaded.loss_curve_[:6] == model.loss_curve_
    assert len(loaded.loss_curve_) == 7
    assert loaded.loss_curve_[6] < model.loss_curve_[5]
    assert loaded.t_ == model.t_ + 60


def test_weights_that_were_replaced_are_saved(path):
    model = classifier().fit(X, TARGETS["booleans"])
    model.coefs_ = [np.zeros_like(W) for W in model.coefs_]
    assert not any(W.any() for W in returned(model, path).coefs_)


@pytest.mark.parametrize("model", [classifier(), lw.MLPRegressor(), lw.LogisticRegression()])
def test_nothing_is_saved_of_what_was_not_fitted(path, model):
    with pytest.raises(NotFittedError):
        lw.save(model, path)
    assert not path.exists()


def test_a_class_of_ones_own_is_refused(path):
    class Mine(lw.MLPClassifier):
        pass

    with pytest.raises(ParameterError, match=r"must be an estimator of the library's own\. Got Mine, a class derived"):
        lw.save(Mine(**SMALL).fit(X, TARGETS["booleans"]), path)


def test_parameters_that_fit_would_refuse_are_not_saved(path):
    model = classifier().fit(X, TARGETS["booleans"]).set_params(alpha=-1.0)
    with pytest.raises(ParameterError, match="'alpha' parameter of MLPClassifier must be"):
        lw.save(model, path)


class TestWithoutScikitLearn:
    @pytest.fixture(autouse=True)
    def absent(self, fitted, monkeypatch):
        self.model = fitted
        for name in ("layerwise.estimators.mlp.saving", "layerwise.estimators.logistic_saving"):
            monkeypatch.setitem(sys.modules, name, None)  # as if what they import were not there

    @pytest.fixture(params=["classifier", "labels", "regressor", "logistic"])
    def fitted(self, request, path):
        models = {
            "classifier": lambda: classifier().fit(X, TARGETS["three texts"]),
            "labels": lambda: classifier().fit(X, LABELS),
            "regressor": lambda: lw.MLPRegressor(**SMALL).fit(X, X[:, :2]),
            "logistic": lambda: lw.LogisticRegression().fit(X, TARGETS["two texts"]),
        }
        model = models[request.param]()
        lw.save(model, path)
        return model

    def test_a_plain_model_predicts_the_same(self, path):
        plain = lw.load(path)
        assert type(plain) is PlainModel
        predicted = self.model.predict(X)
        if predicted.dtype.kind == "f":
            np.testing.assert_allclose(plain.predict(X), predicted, rtol=1e-12)
        else:
            np.testing.assert_array_equal(plain.predict(X), predicted)
        if plain.classes is None:
            with pytest.raises(ParameterError, match="predict_proba needs a model of classes"):
                plain.predict_proba(X)
        else:
            np.testing.assert_allclose(plain.predict_proba(X), self.model.predict_proba(X), rtol=1e-12)

    def test_it_can_be_saved_again(self, path):
        before = read_model_file(path).digest
        lw.save(lw.load(path), path)
        assert read_model_file(path).digest == before

    def test_it_takes_rows_of_numbers(self, path):
        plain = lw.load(path)
        with pytest.raises(ShapeError, match=r"X must have the shape \(m, 4\)\. Got \(60, 3\)\."):
            plain.predict(X[:, :3])
        with pytest.raises(DataError, match="X must be numbers, a row for each example"):
            plain.predict([["a"] * 4])
        assert len(plain.predict(X[:2].tolist())) == 2


def test_a_plain_model_knows_its_columns():
    net = lw.Network((2, 1), ("identity",))
    plain = PlainModel("MLP regressor", net, lw.initialize(net), lw.History(), {}, feature_names=("a", "b"))
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    assert plain.predict(frame).shape == (1,)
    with pytest.raises(DataError, match=r"fitted with, in their order: a, b\. Got "):
        plain.predict(frame[["b", "a"]])


def test_a_parameter_of_a_newer_version_is_refused(path):
    lw.save(classifier().fit(X, TARGETS["booleans"]), path)
    file = read_model_file(path)
    file.configuration["params"]["of_the_future"] = 1
    write_model_file(path, file.kind, file.configuration, file.tensors)
    with pytest.raises(ModelFileError, match=r"does not describe a MLP classifier model .*of_the_future"):
        lw.load(path)


def test_saving_and_loading_are_silent(path):
    model = classifier(early_stopping=True).fit(X, TARGETS["booleans"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        returned(model, path)
