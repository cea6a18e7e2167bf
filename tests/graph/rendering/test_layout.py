"""The layout: every law a readable drawing keeps, on random graphs."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.graph.rendering.layout import arrange


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 14))
    size = st.tuples(st.integers(10, 200), st.integers(10, 90))
    edges = [(start, end) for end in range(1, n) for start in draw(st.lists(st.integers(0, end - 1), max_size=3))]
    return draw(st.lists(size, min_size=n, max_size=n)), edges


@given(graphs())
def test_boxes_lie_inside_and_apart(graph):
    layout = arrange(*graph)
    for k, box in enumerate(layout.nodes):
        assert box.x - box.width / 2 >= -1e-9
        assert box.x + box.width / 2 <= layout.width + 1e-9
        assert box.y - box.height / 2 >= -1e-9
        assert box.y + box.height / 2 <= layout.height + 1e-9
        for other in layout.nodes[:k]:
            apart = abs(box.x - other.x) >= (box.width + other.width) / 2 + 50
            assert apart or abs(box.y - other.y) >= (box.height + other.height) / 2 + 20


@given(graphs())
def test_edges_go_right_a_column_at_a_time_between_the_boxes(graph):
    sizes, edges = graph
    layout = arrange(sizes, edges)
    assert [(route[0], route[-1]) for route in layout.routes] == [
        (layout.nodes[start], layout.nodes[end]) for start, end in edges
    ]
    for route in layout.routes:
        assert all(right.column == left.column + 1 for left, right in pairwise(route))
        for slot in route[1:-1]:
            for box in layout.nodes:
                assert box.column != slot.column or abs(slot.y - box.y) >= box.height / 2 + 20


@pytest.mark.parametrize("n", [2, 5])
def test_a_chain_is_a_straight_line(n):
    layout = arrange([(50, 20 + 10 * k) for k in range(n)], [(k, k + 1) for k in range(n - 1)])
    assert len({round(box.y, 6) for box in layout.nodes}) == 1


def test_a_crossing_that_can_be_avoided_is_avoided():
    layout = arrange([(10, 10)] * 5, [(0, 3), (1, 2), (2, 4), (3, 4)])
    zero, one, two, three, _ = layout.nodes
    assert (zero.y < one.y) == (three.y < two.y)


def test_an_input_stands_beside_its_use():
    layout = arrange([(10, 10)] * 4, [(0, 1), (1, 2), (3, 2)])
    assert layout.nodes[3].column == layout.nodes[1].column == 1
