"""Weights, names, columns and settings that cannot be are refused in one line."""

import re

import numpy as np
import pytest
from small_table import (
    LABELS,
    PLACE,
    TOWN,
    A,
    Fit,
    X,
    assert_refused,
    but,
    classifier,
    m,
    regression,
    weighted,
)

import layerwise as lw
from layerwise.errors import DataError, ModelFileError, ParameterError, TableError

WEIGHT = "sample_weight must be finite and at least 0. Got {} in row 3."
CLASS_WEIGHT = "class_weight must be finite and at least 0. Got {} for the class 0."
SIGN = "The 'monotone' parameter must map columns to 1 (rising), -1 (falling) or 0. Got {} for 'a'."
ORDERED = "The 'monotone' parameter is for columns of numbers, booleans or ordered levels. Column {} is {}."
SEED = "The 'random_state' parameter must be a seed, a RandomState or None. Got {} instead."
CALLBACKS = (
    "The 'callbacks' parameter of TabularClassifier must list objects with a method on_epoch_end(state). Got {}."
)


# what is asked, the error, and its whole message
REFUSED = {
    # weights
    "a negative weight": (weighted(but(np.ones(m), -1.0, row=3)), DataError, WEIGHT.format(-1.0)),
    "a weight of NaN": (weighted(but(np.ones(m), np.nan, row=3)), DataError, WEIGHT.format("nan")),
    "an infinite weight": (weighted(but(np.ones(m), np.inf, row=3)), DataError, WEIGHT.format("inf")),
    "weights of zero": (
        weighted(np.zeros(m)),
        DataError,
        "sample_weight must not be zero everywhere: a row with a weight of zero is no example.",
    ),
    "too few weights": (weighted(np.ones(3)), DataError, "sample_weight.shape == (3,), expected (40,)!"),
    "a matrix of weights": (weighted(np.ones((m, 1))), DataError, "Sample weights must be 1D array or scalar"),
    "texts for weights": (
        weighted(["x"] * 2),
        DataError,
        "sample_weight must be numbers, one for each row. Got ['x', 'x'].",
    ),
    "a weight of no class": (
        Fit(class_weight={5: 1}),
        ParameterError,
        "class_weight has classes that y has not: [5]. The classes are [0, 1].",
    ),
    "a negative weight of a class": (Fit(class_weight={0: -1}), DataError, CLASS_WEIGHT.format(-1)),
    "a text for the weight of a class": (Fit(class_weight={0: "x"}), DataError, CLASS_WEIGHT.format("'x'")),
    "no word for class weights": (
        Fit(class_weight="balence"),
        ParameterError,
        (
            "The 'class_weight' parameter must be 'balanced', a dict from classes to weights, or None. Got 'balence' "
            "instead."
        ),
    ),
    # names
    "quality": (Fit(quality="fats"), ParameterError, "Unknown quality 'fats'. Did you mean 'fast'?"),
    "no quality": (Fit(quality=None), ParameterError, "Unknown quality None. Known: best, default, fast."),
    "activation": (Fit(activation="rely"), ParameterError, "Unknown activation 'rely'. Did you mean 'relu'?"),
    "activation of outputs": (
        Fit(activation="softmax"),
        ParameterError,
        "The activation 'softmax' is for the output layer. Got it in layer 1.",
    ),
    "metric": (Fit(metric="accurracy"), ParameterError, "Unknown metric 'accurracy'. Did you mean 'accuracy'?"),
    "metric of numbers": (
        Fit(metric="rmse"),
        ParameterError,
        "The metric 'rmse' is not for two classes. Use cost, log_loss, accuracy, auc.",
    ),
    "metric of two classes": (
        Fit(y=PLACE % 3, metric="auc"),
        ParameterError,
        "The metric 'auc' is not for more than two classes. Use cost, log_loss, accuracy.",
    ),
    "metric of classes": (
        regression(metric="accuracy"),
        ParameterError,
        "The metric 'accuracy' is not for numbers. Use cost, rmse, mae, r2.",
    ),
    "metric that gives no number": (
        regression(metric=lw.Metric("mine", lambda Y_hat, Y, w: "x", True)),
        ParameterError,
        "The metric 'mine' must return a number. Got 'x' instead.",
    ),
    "loss": (
        regression(loss="sqared_error"),
        ParameterError,
        "Unknown loss 'sqared_error'. Did you mean 'squared_error'?",
    ),
    "loss of another library": (
        regression(loss="mse"),
        ParameterError,
        "Unknown loss 'mse'. Did you mean 'squared_error'?",
    ),
    "loss of classes": (
        regression(loss="binary_cross_entropy"),
        ParameterError,
        "Unknown loss 'binary_cross_entropy'. Known: absolute_error, huber, poisson, quantile, squared_error.",
    ),
    "quantile": (
        regression(loss="quantile(q=2)"),
        ParameterError,
        "The 'q' parameter of quantile must be a float in the range (0, 1). Got 2.0 instead.",
    ),
    "huber": (
        regression(loss="huber(0)"),
        ParameterError,
        "The 'delta' parameter of huber must be a float in the range (0, inf). Got 0.0 instead.",
    ),
    "engine": (Fit(engine="natve"), ParameterError, "Unknown engine 'natve'. Did you mean 'native'?"),
    "role": (Fit(roles={"a": "numerc"}), ParameterError, "Unknown role 'numerc'. Did you mean 'numeric'?"),
    "role that is no name": (
        Fit(roles={"a": 3}),
        ParameterError,
        (
            "The role of column 'a' must be one of numeric, boolean, category, ordinal, datetime, drop, or a list of "
            "levels, the lowest first. Got 3."
        ),
    ),
    "seed": (Fit(random_state="x"), ParameterError, SEED.format("'x'")),
    "a seed that is True": (Fit(random_state=True), ParameterError, SEED.format("True")),
    "a negative seed": (
        Fit(random_state=-1),
        ParameterError,
        (
            "The 'random_state' parameter of TabularClassifier must be an int in the range [0, 18446744073709551615]. "
            "Got -1 instead."
        ),
    ),
    # columns
    "roles of no column": (Fit(roles={"A": "numeric"}), TableError, "The table has no column 'A'. Did you mean 'a'?"),
    "roles in a list": (
        Fit(roles=["a"]),
        ParameterError,
        "The 'roles' parameter of TabularClassifier must be a dict from columns. Got ['a'].",
    ),
    "texts as numbers": (
        Fit(roles={"town": "numeric"}),
        TableError,
        (
            f"Column 'town', row 1: '{TOWN[0]}' is not a number, as the role 'numeric' needs. Correct it, or leave it "
            "empty."
        ),
    ),
    "numbers as dates": (
        Fit({**X, "a": PLACE * 2}, roles={"a": "datetime"}),
        TableError,
        (
            "Column 'a', row 1: 0 is not a date, as the role 'datetime' needs. Write it as 2020-01-31 or 2020-01-31 "
            "10:30, or leave it empty."
        ),
    ),
    "texts in an unknown order": (
        Fit(roles={"town": "ordinal"}),
        TableError,
        (
            "Column 'town' holds text, whose order is not known. Give its levels, the lowest first: roles={'town': "
            "['Lima', 'Oslo', 'Rome']}."
        ),
    ),
    "a level too few": (
        Fit({"town": ["Oslo", "Rome"] * 20}, roles={"town": ["Oslo", "Lima"]}),
        TableError,
        "Column 'town', row 2: 'Rome' is not one of the column's levels: Oslo, Lima.",
    ),
    "two roles": (
        Fit(roles={"a": "numeric"}, drop=["a"]),
        TableError,
        "Column 'a' has two roles: 'numeric' and 'drop'. Give it one.",
    ),
    "one name in place of several": (
        Fit(drop="town"),
        ParameterError,
        "The 'drop' parameter of TabularClassifier must be a list of columns, such as ['id']. Got 'town'.",
    ),
    "a number in place of columns": (
        Fit(categorical=3),
        ParameterError,
        "The 'categorical' parameter of TabularClassifier must be a list of columns, such as ['id']. Got 3.",
    ),
    "dropping no column": (Fit(drop=["twon"]), TableError, "The table has no column 'twon'. Did you mean 'town'?"),
    "dropping number 1": (Fit(drop=[1]), TableError, "The table has no column '1'. Known: a, z, town."),
    "dropping all": (
        Fit({"a": A}, drop=["a"]),
        TableError,
        "No column is left to learn from. Dropped: 'a' (left out as asked).",
    ),
    "monotone in no column": (
        Fit(monotone={"twon": 1}),
        TableError,
        "The 'monotone' parameter names 'twon', which is no column of the table. Did you mean 'town'?",
    ),
    "monotone in a category": (Fit(monotone={"town": 1}), TableError, ORDERED.format("'town'", "category")),
    "monotone in a dropped column": (
        Fit(monotone={"a": 1}, drop=["a"]),
        TableError,
        ORDERED.format("'a'", "dropped"),
    ),
    "monotone by 2": (Fit(monotone={"a": 2}), ParameterError, SIGN.format(2)),
    "monotone by True": (Fit(monotone={"a": True}), ParameterError, SIGN.format(True)),
    "monotone by a text": (Fit(monotone={"a": "1"}), ParameterError, SIGN.format("'1'")),
    "monotone in a list": (
        Fit(monotone=["a"]),
        ParameterError,
        "The 'monotone' parameter of TabularClassifier must be a dict from columns. Got ['a'].",
    ),
    "monotone with three classes": (
        Fit(y=PLACE % 3, monotone={"a": 1}),
        ParameterError,
        "The 'monotone' parameter needs one output: two classes, or numbers to predict.",
    ),
    "monotone with an activation that falls": (
        Fit(monotone={"a": 1}, activation="silu"),
        ParameterError,
        "The 'monotone' parameter needs the activation 'tanh'. Got 'silu': leave it out.",
    ),
    # other settings
    "hidden units as a text": (
        Fit(hidden="128"),
        ParameterError,
        "The 'hidden' parameter of TabularClassifier must list units, such as (128, 128). Got '128' instead.",
    ),
    "one number of hidden units": (
        Fit(hidden=128),
        ParameterError,
        "The 'hidden' parameter of TabularClassifier must list units, such as (128, 128). Got 128 instead.",
    ),
    "no hidden units": (
        Fit(hidden=(4, 0)),
        ParameterError,
        "The 'hidden[1]' parameter of TabularClassifier must be an int in the range [1, inf). Got 0 instead.",
    ),
    "a number for callbacks": (
        Fit(callbacks=3),
        ParameterError,
        CALLBACKS.format(3),
    ),
    "a text for a callback": (
        Fit(callbacks=["bar"]),
        ParameterError,
        CALLBACKS.format("'bar'"),
    ),
    "a number for a checkpoint": (
        Fit(checkpoint=3),
        ParameterError,
        "The 'checkpoint' parameter of TabularClassifier must be the name of a file. Got 3.",
    ),
    "a checkpoint nowhere": (
        Fit(checkpoint="no such folder/fit"),
        ModelFileError,
        "no such folder/fit: its folder does not exist. Make it, or give 'checkpoint' another file.",
    ),
    "a folder for a checkpoint": (
        Fit(checkpoint="."),
        ModelFileError,
        ".: is a folder. Give 'checkpoint' the name of a file.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_set_is_refused(name):
    assert_refused(*REFUSED[name])


WHOLE = "an int in the range [1, inf)"
BELOW_ONE = "a float in the range [0, 1)"
RULES = {
    "n_estimators": (WHOLE, [True, "3", -1, 0, np.nan, 2.0]),
    "epochs": (WHOLE, [True, "3", -1, 0, np.nan, 2.0]),
    "batch_size": (WHOLE, [True, "3", -1, 0, np.nan, 2.0]),
    "early_stopping": (WHOLE, [True, "3", -1, 0, np.nan, 2.0]),
    "checkpoint_every": (WHOLE, [True, "3", -1, 0, np.nan, 2.0, None]),
    "n_jobs": (WHOLE, [True, "3", -2, 0, np.nan, 2.0]),
    "learning_rate": ("a float in the range (0, inf)", [True, "3", -1, 0, np.nan, np.inf]),
    "weight_decay": ("a float in the range [0, inf)", [True, "3", -1, np.nan, np.inf]),
    "dropout": ("a float in the range [0, 1]", [True, "3", -1, np.nan, 1.5]),
    "averaging": (BELOW_ONE, [True, "3", -1, np.nan, 1]),
    "label_smoothing": (BELOW_ONE, [True, "3", -1, np.nan, 1]),
    "validation": (BELOW_ONE, [True, "3", -1, np.nan, 1, None, [0.2]]),
    "calibrate": ("a bool", [1, "yes", None]),
    "verbose": ("a bool", [1, "yes", None]),
}


@pytest.mark.parametrize(
    ("name", "rule", "value"),
    [(name, rule, value) for name, (rule, values) in RULES.items() for value in values],
    ids=lambda part: None if isinstance(part, str) and " " in part else repr(part),
)
def test_a_number_out_of_its_range_is_refused(name, rule, value):
    message = f"The {name!r} parameter of TabularClassifier must be {rule}. Got {value!r} instead."
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        classifier(**{name: value}).fit(X, LABELS)
