"""What is refused is refused in one line that says where and what to do; what is odd and meant is shown to work."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning, NotFittedError

import layerwise as lw
from layerwise.errors import DataError, LayerwiseError, ModelFileError, ParameterError, TableError, TableNotice

m = 40
rng = np.random.default_rng(0)
A, Z = rng.normal(size=(2, m))
TOWN = rng.choice(["Lima", "Oslo", "Rome"], m)
X = {"a": A, "z": Z, "town": TOWN}
LABELS = (A > 0).astype(int)
NUMBERS = 2 * A + 1
PLACE = np.arange(m)
MATRIX = np.c_[A, Z]
DAYS = np.datetime64("2020-01-01") + PLACE
QUICK = {"epochs": 2, "n_estimators": 2, "hidden": (4,), "n_jobs": 1}


def classifier(**options):
    return lw.TabularClassifier(**{**QUICK, **options})


def regressor(**options):
    return lw.TabularRegressor(**{**QUICK, **options})


def with_cell(value, row=4):
    """Return the table with this value of column 'a' in a row, counted from 1."""
    cells = A.tolist()
    cells[row - 1] = value
    return {**X, "a": cells}


def but(values, value, row=5):
    """Return the values as a list, with another one in a row, counted from 1."""
    cells = np.asarray(values).tolist()
    cells[row - 1] = value
    return cells


class Fit:
    """A fit that is refused: of the labels by a classifier, or of the numbers by a regressor."""

    def __init__(self, X=X, y=None, *, to=classifier, fit=None, **options):
        self.X, self.to, self.options, self.fit = X, to, options, fit or {}
        self.y = (LABELS if to is classifier else NUMBERS) if y is None else y

    def __call__(self):
        return self.to(**self.options).fit(self.X, self.y, **self.fit)


def regression(X=X, y=None, **options):
    return Fit(X, y, to=regressor, **options)


def evaluated(*eval_set, to=classifier, **options):
    return Fit(to=to, fit={"eval_set": eval_set}, **options)


def weighted(w):
    return Fit(fit={"sample_weight": w})


NO_TABLE = (
    "A table must be a data frame of pandas, polars or pyarrow, a mapping from names to columns, or a NumPy array of "
    "two dimensions. Got a {}.{}"
)
MISSING = "The target column 'y', row 5: the cell is missing. Drop such rows before."
NO_NUMBER = "is not a number, and regression learns numbers. For classes there is TabularClassifier (--task)."
ONE_OF_TWO = "To tell classes apart, it needs rows of at least two."
EVAL_SET = "The 'eval_set' parameter of fit must be (X, y) or (X, y, sample_weight), also in a list. Got {}."
NO_LABEL = "is not one of the 2 classes that the model learnt: 0, 1."
WEIGHT = "sample_weight must be finite and at least 0. Got {} in row 3."
CLASS_WEIGHT = "class_weight must be finite and at least 0. Got {} for the class 0."
SIGN = "The 'monotone' parameter must map columns to 1 (rising), -1 (falling) or 0. Got {} for 'a'."
ORDERED = "The 'monotone' parameter is for columns of numbers, booleans or ordered levels. Column {} is {}."
SEED = "The 'random_state' parameter must be a seed, a RandomState or None. Got {} instead."
CALLBACKS = (
    "The 'callbacks' parameter of TabularClassifier must list objects with a method on_epoch_end(state). Got {}."
)

IN_CHUNKS = "y must be the name of a column of X, which is read in chunks. Got {}."

# what is asked, the error, and its whole message
REFUSED = {
    # tables
    "no rows": (Fit(pd.DataFrame({"a": []}), []), TableError, "The table has no rows."),
    "an array without rows": (Fit(np.empty((0, 3)), []), TableError, "The table has no rows."),
    "one row": (
        Fit({"a": [1.0]}, [1]),
        TableError,
        "One row is too few to learn from (n_samples = 1). Give rows with different targets.",
    ),
    "no columns": (Fit(pd.DataFrame(index=range(m))), TableError, "The table has no columns."),
    "an empty mapping": (Fit({}), TableError, "The table has no columns."),
    "nothing": (Fit(None), TableError, NO_TABLE.format("NoneType", "")),
    "a file with labels beside it": (Fit("people.csv"), ParameterError, IN_CHUNKS.format("ndarray")),
    "a generator with labels beside it": (Fit(row for row in MATRIX), ParameterError, IN_CHUNKS.format("ndarray")),
    "a series": (
        Fit(pd.Series(A)),
        TableError,
        NO_TABLE.format("Series", " Make a series a frame: call .to_frame() on it."),
    ),
    "a lazy frame with labels beside it": (Fit(pl.LazyFrame(X)), ParameterError, IN_CHUNKS.format("ndarray")),
    "a sparse matrix": (
        Fit(sparse.csr_matrix(MATRIX)),
        TableError,
        "A table cannot be a sparse matrix. Got a csr_matrix: make it dense with .toarray().",
    ),
    "one dimension": (
        Fit(A),
        TableError,
        (
            "A table needs an array of two dimensions, (rows, columns). Got the shape (40,). Reshape your data: with "
            "X.reshape(-1, 1) if it is one column, with X.reshape(1, -1) if it is one row."
        ),
    ),
    "three dimensions": (
        Fit(A.reshape(m, 1, 1)),
        TableError,
        (
            "A table needs an array of two dimensions, (rows, columns). Got the shape (40, 1, 1). Reshape your data: "
            "with X.reshape(-1, 1) if it is one column, with X.reshape(1, -1) if it is one row."
        ),
    ),
    "ragged rows": (
        Fit([[1, 2], [3]], [0, 1]),
        TableError,
        "Row 2 of X has 1 cells, where the first row has 2.",
    ),
    "ragged columns": (
        Fit({"a": A, "z": Z[1:]}),
        TableError,
        "The columns of a table must have one length, here 40 rows. Got 39 cells in 'z'.",
    ),
    "a number for a column": (
        Fit({"a": A, "z": 3}),
        TableError,
        "Column 'z' must be one-dimensional. Got an array of shape ().",
    ),
    "a column name twice": (
        Fit(pd.DataFrame(MATRIX, columns=["a", "a"])),
        TableError,
        "The columns 1 and 2 have one name, 'a'. Rename one of them.",
    ),
    "a column name twice as text": (
        Fit(pd.DataFrame(MATRIX, columns=[1, "1"])),
        TableError,
        "The columns 1 and 2 have one name, '1'. Rename one of them.",
    ),
    "constant columns only": (
        Fit({"k": np.ones(m), "l": ["x"] * m}),
        TableError,
        (
            "No column is left to learn from. Dropped: 'k' (constant (one value in every row)), 'l' (constant (one "
            "value in every row))."
        ),
    ),
    "an empty column only": (
        Fit({"k": [None] * m}),
        TableError,
        "No column is left to learn from. Dropped: 'k' (empty (every cell is missing)).",
    ),
    # cells
    "a text among numbers": (
        Fit(with_cell("x")),
        TableError,
        (
            "Column 'a', row 4: 'x' is no number, as most of the column is. Make the whole column numbers, or the "
            "whole column text."
        ),
    ),
    "a number among texts": (
        Fit({"town": but(TOWN, 7)}),
        TableError,
        (
            "Column 'town', row 5: 7 is a number in a column of text. Make the whole column numbers, or the whole "
            "column text."
        ),
    ),
    "infinity": (
        Fit(with_cell(np.inf)),
        TableError,
        "Column 'a', row 4: inf is infinite. Write a finite number, or leave the cell empty.",
    ),
    "minus infinity": (
        Fit(with_cell(-np.inf)),
        TableError,
        "Column 'a', row 4: -inf is infinite. Write a finite number, or leave the cell empty.",
    ),
    "a whole number beyond every float": (
        Fit(with_cell(10**400)),
        TableError,
        "Column 'a', row 4: inf is infinite. Write a finite number, or leave the cell empty.",
    ),
    "complex numbers": (
        Fit({**X, "a": A + 1j}),
        TableError,
        "Complex data not supported: column 'a' holds complex128. Make its real and its imaginary part two columns.",
    ),
    "a complex cell": (
        Fit(with_cell(1j)),
        TableError,
        "Column 'a', row 4: 1j cannot be used. A cell must be a number, text, boolean or date.",
    ),
    "bytes": (
        Fit({**X, "a": np.array([b"x"] * m)}),
        TableError,
        "Column 'a' must hold numbers, texts, booleans or dates. Got |S1.",
    ),
    "a list in a cell": (
        Fit(with_cell([1])),
        TableError,
        "Column 'a', row 4: [1] cannot be used. A cell must be a number, text, boolean or date.",
    ),
    "a column of lists": (
        Fit(pl.DataFrame({"a": [[1]] * m})),
        TableError,
        (
            "Column 'a' holds values of the type List(Int64). A column must hold numbers, texts, booleans or dates. "
            "Leave it out: drop=['a'] (--drop a)."
        ),
    ),
    # targets
    "no target": (
        lambda: classifier().fit(X, None),
        DataError,
        "TabularClassifier requires y to be passed, but the target y is None.",
    ),
    "a number for a target": (Fit(y=3), DataError, "y must hold one value for each row. Got int."),
    "a mapping for a target": (Fit(y={"y": LABELS}), DataError, "y must hold one value for each row. Got dict."),
    "too few targets": (
        Fit(y=LABELS[1:]),
        DataError,
        "y must have a value for each of the 40 rows of X. Got 39.",
    ),
    "two targets": (
        Fit(y=np.c_[LABELS, LABELS]),
        DataError,
        "y must hold one value for each row, in one dimension. Got an array of shape (40, 2).",
    ),
    "one class": (
        Fit(y=np.ones(m, int)),
        TableError,
        f"The target column 'y' has one class only, '1' in each of 40 rows. {ONE_OF_TWO}",
    ),
    "minus zero is zero": (
        Fit(y=np.where(LABELS, 0.0, -0.0)),
        TableError,
        f"The target column 'y' has one class only, '0' in each of 40 rows. {ONE_OF_TWO}",
    ),
    "one number": (regression(y=np.ones(m)), TableError, "The target column 'y' has one value only, 1."),
    "no target in any row": (
        Fit(y=[None] * m),
        TableError,
        "The target column 'y' is empty: all of its 40 cells are missing.",
    ),
    "NaN for all targets": (
        regression(y=[np.nan] * m),
        TableError,
        "The target column 'y' is empty: all of its 40 cells are missing.",
    ),
    "None among labels": (Fit(y=but(TOWN, None)), TableError, MISSING),
    "NaN among labels": (Fit(y=but(LABELS, np.nan)), TableError, MISSING),
    "NaN among numbers": (regression(y=but(NUMBERS, np.nan)), TableError, MISSING),
    "NA among numbers": (regression(y=pd.Series(but(PLACE, None), dtype="Int64")), TableError, MISSING),
    "a masked number": (regression(y=np.ma.MaskedArray(NUMBERS, PLACE == 4)), TableError, MISSING),
    "an infinite number": (
        regression(y=but(NUMBERS, np.inf)),
        TableError,
        "Column 'y', row 5: inf is infinite. Write a finite number, or leave the cell empty.",
    ),
    "texts for numbers": (regression(y=TOWN), TableError, f"Column 'y', row 1: '{TOWN[0]}' {NO_NUMBER}"),
    "texts that spell numbers": (regression(y=["1", "2"] * 20), TableError, f"Column 'y', row 1: '1' {NO_NUMBER}"),
    "booleans for numbers": (regression(y=[True, False] * 20), TableError, f"Column 'y', row 1: 'true' {NO_NUMBER}"),
    "the name of a series": (
        regression(y=pd.Series(TOWN, name="home")),
        TableError,
        f"Column 'home', row 1: '{TOWN[0]}' {NO_NUMBER}",
    ),
    "numbers for labels": (
        Fit(y=np.arange(m) / 4),
        DataError,
        "y is continuous: 0.25 in row 2 is no whole number. Use TabularRegressor, or make the labels texts.",
    ),
    "dates for labels": (
        Fit(y=DAYS),
        TableError,
        (
            "The target column 'y' holds dates, which cannot be learnt. Learn numbers instead, such as the days since "
            "one day, or texts."
        ),
    ),
    "dates for numbers": (
        regression(y=DAYS),
        TableError,
        (
            "The target column 'y' holds dates, which cannot be learnt. Learn numbers instead, such as the days since "
            "one day, or texts."
        ),
    ),
    "numbers and texts for labels": (
        Fit(y=[1, "a"] * 20),
        TableError,
        (
            "Column 'y', row 1: 1 is a number in a column of text. Make the whole column numbers, or the whole column "
            "text."
        ),
    ),
    "complex labels": (
        Fit(y=LABELS + 0j),
        TableError,
        "Complex data not supported: column 'y' holds complex128. Make its real and its imaginary part two columns.",
    ),
    "bytes for labels": (
        Fit(y=np.array([b"a", b"b"] * 20)),
        TableError,
        "Column 'y' must hold numbers, texts, booleans or dates. Got |S1.",
    ),
    "a class for each row": (
        Fit(y=[f"c{i}" for i in PLACE]),
        TableError,
        (
            "Of 40 rows none can be held out, as each class needs a row to learn from. Use more rows, or none to hold "
            "out: validation=0 (--validation 0)."
        ),
    ),
    "the target's name is wrong": (
        Fit({**X, "label": LABELS}, "lable"),
        TableError,
        "The table has no target column 'lable'. Did you mean 'label'?",
    ),
    "no near name": (Fit(y="label"), TableError, "The table has no target column 'label'. Known: a, z, town."),
    "the target is a column too": (
        Fit({**X, "label": LABELS}, pd.Series(LABELS, name="label")),
        TableError,
        (
            "Column 'label' of X has the name of the target, which would tell the answer. Leave it out of X, or name "
            "the target: fit(X, 'label')."
        ),
    ),
    "the target is the only column": (
        Fit({"label": LABELS}, "label"),
        TableError,
        "No column is left to learn from. Dropped: none, there was none.",
    ),
    "negative counts": (
        regression(y=but(np.abs(NUMBERS), -2.5), loss="poisson"),
        DataError,
        "y must be at least 0 with the loss 'poisson'. Got -2.5 in row 5.",
    ),
    # eval_set
    "an eval_set without y": (evaluated(X), ParameterError, EVAL_SET.format("tuple of length 1")),
    "an eval_set that is a table": (
        Fit(fit={"eval_set": X}),
        ParameterError,
        EVAL_SET.format("dict of length 3"),
    ),
    "two of them": (
        Fit(fit={"eval_set": [(X, LABELS), (X, LABELS)]}),
        ParameterError,
        EVAL_SET.format("list of length 2"),
    ),
    "an unknown class in it": (
        evaluated(X, but(LABELS, 2)),
        TableError,
        f"eval_set: Column 'y', row 5: 2 {NO_LABEL}",
    ),
    "a column less in it": (
        evaluated({"a": A, "z": Z}, LABELS),
        TableError,
        "eval_set: The model needs column 'town', which the table does not have.",
    ),
    "other kinds of cells in it": (
        evaluated({**X, "a": TOWN}, LABELS),
        TableError,
        (
            f"eval_set: Column 'a', row 1: '{TOWN[0]}' is not a number, but the model learnt this column as numbers. "
            "Correct it, or leave it empty."
        ),
    ),
    "too few targets in it": (
        evaluated(X, LABELS[:3]),
        DataError,
        "eval_set: y must have a value for each of the 40 rows of X. Got 3.",
    ),
    "no rows in it": (
        evaluated({"a": [], "z": [], "town": []}, []),
        TableError,
        "eval_set: The table has no rows.",
    ),
    "texts in it for numbers": (
        evaluated(X, TOWN, to=regressor),
        TableError,
        f"eval_set: Column 'y', row 1: '{TOWN[0]}' is text, but the model learnt this target as numbers.",
    ),
    "negative counts in it": (
        Fit(X, np.abs(NUMBERS), to=regressor, loss="poisson", fit={"eval_set": (X, but(np.ones(m), -1))}),
        DataError,
        "eval_set: y must be at least 0 with the loss 'poisson'. Got -1 in row 5.",
    ),
    "weights in it": (
        evaluated(X, LABELS, -np.ones(m)),
        DataError,
        "eval_set: sample_weight must be finite and at least 0. Got -1.0 in row 1.",
    ),
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
def test_what_cannot_be_fitted_is_refused(name):
    ask, error, message = REFUSED[name]
    with pytest.raises(error) as refusal:
        ask()
    assert str(refusal.value) == message
    assert type(refusal.value) is error
    assert isinstance(refusal.value, LayerwiseError)


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


# what looks wrong and is right

WORKS = {
    "two rows": ({"a": [1.0, 2.0]}, [0, 1]),
    "one feature": ({"a": A}, LABELS),
    "two constant columns beside it": ({"a": A, "k": np.ones(m), "n": [None] * m}, LABELS),
    "a cell of 1e300": (with_cell(1e300), LABELS),
    "cells of 1e300": ({"a": A * 1e300}, LABELS),
    "cells of 1e-300": ({"a": A * 1e-300}, LABELS),
    "minus zero": ({"a": np.where(LABELS, -0.0, 1.0)}, LABELS),
    "decimals": ({"a": [Decimal(str(a)) for a in A]}, LABELS),
    "dates": ({"day": DAYS}, LABELS),
    "booleans": ({"a": A > 0.5, "z": Z}, LABELS),
    "rows in a list": (MATRIX.tolist(), LABELS),
    "rows in a list of tuples, with texts": ([(a, town, None) for a, town in zip(A, TOWN, strict=True)], LABELS),
    "labels of a generator": (X, (label for label in LABELS)),
    "labels that are floats": (X, LABELS.astype(float)),
    "labels with a fraction, two of them": (X, LABELS - 0.5),
    "a target with the name of no column": ({"y": A, "x": Z}, LABELS),
}


@pytest.mark.parametrize("name", WORKS)
def test_what_is_odd_works(name):
    given, y = WORKS[name]
    model = classifier().fit(given, y)
    P = model.predict_proba(given)
    assert np.isfinite(P).all()
    assert set(model.predict(given)) <= set(model.classes_)


def test_a_column_with_the_name_y_is_learnt_from_too():
    x, y = np.linspace(-1, 1, 200), np.tile([-1.0, -0.5, 0.5, 1.0], 50)
    model = lw.TabularRegressor("fast", epochs=20, learning_rate=0.02, n_jobs=1).fit({"x": x, "y": y}, 10 * y)
    assert [column.role for column in model.schema_] == ["numeric", "numeric"]
    assert model.score({"x": x, "y": y}, 10 * y) > 0.8


@pytest.mark.parametrize("unit", [1e300, 1e-300])
def test_targets_in_every_unit(unit):
    one = regressor().fit(X, NUMBERS)
    other = regressor().fit(X, NUMBERS * unit)
    np.testing.assert_allclose(other.predict(X), one.predict(X) * unit, rtol=1e-4)


@pytest.mark.parametrize("w", [1e-300, 1e300, 3.0])
def test_weights_of_every_size_are_relative(w):
    one = classifier().fit(X, LABELS, np.where(LABELS, 1.0, 2.0))
    other = classifier().fit(X, LABELS, np.where(LABELS, 1.0, 2.0) * w)
    np.testing.assert_allclose(other.predict_proba(X), one.predict_proba(X), rtol=1e-5)


def test_a_column_for_a_target_is_warned_of():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"):
        model = classifier().fit(X, LABELS[:, None])
    np.testing.assert_array_equal(model.predict_proba(X), classifier().fit(X, LABELS).predict_proba(X))


def test_unknown_columns_are_told_and_ignored():
    with pytest.warns(TableNotice, match=r"^Ignored, as the model does not know them: 'more'\.$"):
        told = FITTED.predict_proba({**X, "more": A})
    np.testing.assert_array_equal(told, FITTED.predict_proba(X))


def test_a_row_alone_is_predicted_as_among_others():
    alone = [FITTED.predict_proba({name: cells[i : i + 1] for name, cells in X.items()})[0] for i in range(5)]
    np.testing.assert_allclose(alone, FITTED.predict_proba(X)[:5], rtol=1e-6)


def test_a_row_without_any_value_is_predicted():
    assert FITTED.predict({"a": [None], "z": [np.nan], "town": [None]}).shape == (1,)


@pytest.mark.parametrize("columns", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_columns_of_twenty_rows(columns):
    wide = np.random.default_rng(1).normal(size=(20, columns))
    model = lw.TabularClassifier("fast", epochs=1, hidden=(2,), n_jobs=1).fit(wide, [0, 1] * 10)
    assert model.n_features_in_ == len(model.permutation_importance_) == columns
    assert np.isfinite(model.predict_proba(wide)).all()


@pytest.mark.slow
def test_a_million_levels():
    levels = np.char.add("v", np.arange(1_000_000).astype(str))
    table = {"name": levels.tolist(), "a": np.tile(A, 25_000)}
    model = lw.TabularClassifier("fast", epochs=1, hidden=(2,), categorical=["name"], n_jobs=1, random_state=1)
    model.fit(table, np.tile(LABELS, 25_000))
    assert model.schema_[0].role == "category"
    assert model.score({"name": ["never seen"] * m, "a": A}, LABELS) > 0.9
