"""What a fitted model cannot predict, draw or tell is refused in one line; a fit that fails changes nothing."""

import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from small_table import (
    DAYS,
    LABELS,
    MATRIX,
    TOWN,
    A,
    X,
    Z,
    classifier,
    m,
    regressor,
    with_cell,
)

import layerwise as lw
from layerwise.errors import DataError, ParameterError, TableError

FITTED = classifier().fit(X, LABELS)
OF_ARRAY = classifier().fit(MATRIX, LABELS)
NUMBERS_LEARNT = "but the model learnt this column as numbers. Correct it, or leave it empty."

NOT_PREDICTED = {
    "a column less": ({"a": A, "z": Z}, "The model needs column 'town', which the table does not have."),
    "another spelling": (
        {"a": A, "z": Z, "Town": TOWN},
        "The model needs column 'town', which the table does not have. Did you mean 'Town'?",
    ),
    "two columns less": (
        {"town": TOWN, "b": Z},
        "The model needs the columns 'a', 'z', which the table does not have. Known: b.",
    ),
    "texts": ({**X, "a": TOWN}, f"Column 'a', row 1: '{TOWN[0]}' is not a number, {NUMBERS_LEARNT}"),
    "dates": ({**X, "a": DAYS}, f"Column 'a', row 1: 2020-01-01 is not a number, {NUMBERS_LEARNT}"),
    "infinity": (
        with_cell(np.inf),
        "Column 'a', row 4: inf is infinite. Write a finite number, or leave the cell empty.",
    ),
    "no rows": ({"a": [], "z": [], "town": []}, "The table has no rows."),
}


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("name", NOT_PREDICTED)
def test_what_cannot_be_predicted_is_refused(name, method):
    given, message = NOT_PREDICTED[name]
    with pytest.raises(TableError, match=f"^{re.escape(message)}$"):
        getattr(FITTED, method)(given)


@pytest.mark.parametrize("width", [1, 3])
def test_an_array_of_another_width_is_refused(width):
    message = f"X has {width} features, but TabularClassifier is expecting 2 features as input."
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        OF_ARRAY.predict(np.ones((5, width)))


READS = {
    "predict": lambda model: model.predict(X),
    "score": lambda model: model.score(X, LABELS),
    "save": lambda model: lw.save(model, "never written"),
    "plot_partial_dependence": lambda model: model.plot_partial_dependence(X, "a"),
    **{
        name: lambda model, name=name: getattr(model, name)()
        for name in ("plot_learning_curve", "plot_importance", "plot_calibration")
    },
    **{
        name: lambda model, name=name: getattr(model, name)
        for name in (
            "schema_", "history_", "metrics_", "baseline_metrics_", "permutation_importance_", "gradient_importance_",
            "feature_importances_",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("make", [classifier, regressor])
@pytest.mark.parametrize("name", READS)
def test_before_fit_nothing_is_told(make, name):
    model = make()
    message = f"This {type(model).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments before"
    with pytest.raises(NotFittedError, match=message):
        READS[name](model)


def test_probabilities_before_fit_and_of_numbers():
    for read in (lambda: classifier().predict_proba(X), lambda: classifier().temperature_):
        with pytest.raises(NotFittedError):
            read()
    assert not hasattr(regressor(), "predict_proba")


UNDRAWN = {
    "no columns": ([], ParameterError, "The 'columns' parameter must name a column, or list some. Got []."),
    "a number": (3, ParameterError, "The 'columns' parameter must name a column, or list some. Got 3."),
    "another": ("twon", TableError, "Column 'twon' is not one that the model uses. Did you mean 'town'?"),
}


@pytest.mark.parametrize("name", UNDRAWN)
def test_a_dependence_that_cannot_be_drawn_is_refused(name):
    columns, error, message = UNDRAWN[name]
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        FITTED.plot_partial_dependence(X, columns)


@pytest.mark.parametrize("column", ["a", "town"])
def test_the_dependence_on_an_empty_column_is_refused(column):
    message = f"Column {column!r} has no value in any row of X, so there is nothing to draw."
    with pytest.raises(TableError, match=message):
        FITTED.plot_partial_dependence({**X, column: [None] * m}, column)
    with pytest.raises(TableError, match=f"The table has no column {column!r}"):
        FITTED.plot_partial_dependence({name: cells for name, cells in X.items() if name != column}, column)


@pytest.mark.parametrize("top", [0, -1, "all", 2.0, True])
def test_the_number_of_columns_to_draw_is_checked(top):
    message = f"The 'top' parameter of plot_importance must be an int in the range [1, inf). Got {top!r} instead."
    with pytest.raises(ParameterError, match=re.escape(message)):
        FITTED.plot_importance(top)


class TestAFitThatFails:
    def test_leaves_a_fitted_one_as_it_was(self):
        model = classifier().fit(X, LABELS)
        before = model.predict_proba(X)
        with pytest.raises(TableError):
            model.fit({"a": [None] * m}, TOWN)
        with pytest.raises(DataError):
            model.fit({"a": A}, TOWN, -np.ones(m))
        assert model.classes_.tolist() == [0, 1]
        assert model.n_features_in_ == 3
        np.testing.assert_array_equal(model.predict_proba(X), before)

    def test_leaves_an_unfitted_one_unfitted(self):
        model = classifier()
        with pytest.raises(DataError):
            model.fit(X, LABELS, -np.ones(m))
        with pytest.raises(NotFittedError):
            model.predict(X)
