"""The table in plain text."""

import numpy as np
import pytest

from layerwise.errors import ParameterError
from layerwise.graph import Variable, to_text


def test_before_backward_there_is_no_derivative():
    assert to_text(Variable(3.0, "x")).splitlines()[1].split() == ["x", "()", "3"]


def test_wide_cells_are_cut():
    x = Variable(np.full((4, 4), -1.2345678), "x" * 100)
    assert max(map(len, to_text(x).splitlines())) < 200
    assert "x" * 43 + "…" in to_text(x)


def test_a_name_of_two_lines_is_one_row():
    assert len(to_text(Variable(1.0, "first\nsecond")).splitlines()) == 2


@pytest.mark.parametrize(("rows", "shown"), [(1, [0]), (2, [0, 9]), (5, [0, 1, 2, 8, 9]), (10, range(10))])
def test_long_graphs_show_their_ends(rows, shown):
    node = Variable(0.0, "n0")
    for k in range(1, 10):
        node = (node + 1).named(f"n{k}")
    lines = to_text(node, max_rows=rows).splitlines()
    assert [line.split()[0] for line in lines[1:] if "…" not in line] == [f"n{k}" for k in shown]
    if rows < 10:
        assert lines.index(f"… {10 - rows} more nodes …") == 1 + (rows + 1) // 2


def test_max_rows_is_a_count():
    with pytest.raises(ParameterError, match="'max_rows' parameter of to_text must be an int"):
        to_text(Variable(1.0), max_rows=0)
