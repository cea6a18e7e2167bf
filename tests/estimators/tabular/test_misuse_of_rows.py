"""Tables, cells, targets and rows to look at that cannot be learnt from are refused in one line."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from small_table import (
    DAYS,
    LABELS,
    MATRIX,
    NUMBERS,
    PLACE,
    TOWN,
    A,
    Fit,
    X,
    Z,
    assert_refused,
    but,
    classifier,
    evaluated,
    m,
    regression,
    regressor,
    with_cell,
)

from layerwise.errors import DataError, ParameterError, TableError

NO_TABLE = (
    "A table must be a data frame of pandas, polars or pyarrow, a mapping from names to columns, or a NumPy array of "
    "two dimensions. Got a {}.{}"
)
MISSING = "The target column 'y', row 5: the cell is missing. Drop such rows before."
NO_NUMBER = "is not a number, and regression learns numbers. For classes there is TabularClassifier (--task)."
ONE_OF_TWO = "To tell classes apart, it needs rows of at least two."
EVAL_SET = "The 'eval_set' parameter of fit must be (X, y) or (X, y, sample_weight), also in a list. Got {}."
NO_LABEL = "is not one of the 2 classes that the model learnt: 0, 1."

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
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_fitted_is_refused(name):
    assert_refused(*REFUSED[name])
