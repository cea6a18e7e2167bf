"""The SVG drawing: well-formed, complete, escaped, readable without sight, and of a size that can be read."""

import re
import xml.etree.ElementTree as ET  # every tree parsed here is our own output

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwise.errors import GraphError, ParameterError
from layerwise.graph import Variable, to_html, to_svg, trace
from layerwise.graph.rendering.svg import _CSS
from layerwise.network import Network, Parameters

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    return ET.fromstring(svg)


def texts(svg):
    return ["".join(text.itertext()) for text in parsed(svg).iter(f"{SVG}text")]


@pytest.fixture
def course():
    a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    J = (3 * (a + b * c)).named("J")
    J.backward()
    return J


def test_every_node_shows_name_value_and_derivative(course):
    shown = texts(to_svg(course))
    for name, value, grad in (("a", 5, 3), ("b", 3, 6), ("c", 2, 9), ("v1 = b * c", 6, 3), ("J = 3 * v2", 33, 1)):
        at = shown.index(name)
        assert shown[at + 1].split() == ["value", str(value)]
        assert shown[at + 2].split() == ["grad", str(grad)]


def test_there_is_a_box_for_each_node_and_a_wire_for_each_use(course):
    tree = parsed(to_svg(course))
    classes = [element.get("class") for element in tree.iter()]
    assert sum(c is not None and c.startswith("box ") for c in classes) == 6
    assert classes.count("wire") == classes.count("tip") == 5
    assert classes.count("box result") == 1
    assert classes.count("box given") == 3


def test_it_has_a_title_for_those_who_do_not_see_it(course):
    tree = parsed(to_svg(course))
    assert tree.get("role") == "img"
    assert tree.get("aria-label") == tree.find(f"{SVG}title").text == "Computation graph of J: 6 nodes"


def test_every_class_has_a_style(course):
    used = {name for element in parsed(to_svg(course)).iter() for name in (element.get("class") or "").split()}
    assert used - {"box"} <= set(re.findall(r"\.(\w+)", _CSS))
    assert "prefers-color-scheme:dark" in _CSS


def test_names_are_escaped():
    name = '<script>alert("1 & 2")</script>'
    svg = to_svg(Variable(1.0, name))
    assert "<script" not in svg
    assert name in texts(svg)


@given(st.text(max_size=30))
def test_any_name_gives_well_formed_xml(name):
    x = Variable([1.0, np.inf], name)
    J = (x * x).sum()
    assert len(list(parsed(to_svg(J)).iter(f"{SVG}rect"))) == 1 + 3


def test_wide_letters_get_wide_boxes():
    def width(name):
        box = next(r for r in parsed(to_svg(Variable(1.0, name))).iter(f"{SVG}rect") if r.get("class") == "box result")
        return float(box.get("width"))

    letters = len("计算图计算图计算图计算图")
    assert width("计算图计算图计算图计算图") == width("x" * 2 * letters) > width("x" * letters)


def test_wires_end_on_the_left_side_of_their_box_one_below_the_other():
    x, y = Variable(1.0, "x"), Variable(2.0, "y")
    tree = parsed(to_svg(x * y))
    box = next(r for r in tree.iter(f"{SVG}rect") if r.get("class") == "box result")
    left, top, height = (float(box.get(key)) for key in ("x", "y", "height"))
    tips = [
        re.match(r"M(\S+) ([\d.-]+)l", p.get("d")).groups() for p in tree.iter(f"{SVG}path") if p.get("class") == "tip"
    ]
    assert {float(x) for x, _ in tips} == {left}
    assert [round((float(y) - top) / height, 2) for _, y in tips] == [0.33, 0.67]


def test_wires_to_one_box_do_not_cross():
    tree = parsed(to_svg(Variable(1.0, "x") * Variable(2.0, "y")))
    wires = [path.get("d") for path in tree.iter(f"{SVG}path") if path.get("class") == "wire"]
    starts = [float(re.match(r"M\S+ ([\d.-]+)", d).group(1)) for d in wires]
    ends = [float(re.search(r" ([\d.-]+)H[\d.-]+$", d).group(1)) for d in wires]
    assert len(set(starts)) == len(set(ends)) == 2
    assert (starts[0] < starts[1]) == (ends[0] < ends[1])


def test_a_whole_network_is_drawn():
    net = Network((2, 4, 1), ("tanh", "sigmoid"))
    theta = Parameters(W=[np.ones((4, 2)), np.ones((1, 4))], b=[np.zeros((4, 1)), np.zeros((1, 1))])
    graph = trace(net, theta, np.ones((2, 50)), np.ones((1, 50)), l2=0.1)
    shown = texts(to_svg(graph))
    assert {"X = A[0]", "W[1]", "b[1]", "Z[1] = v1 + b[1]", "A[1] = tanh(Z[1])", "Y"} <= set(shown)
    assert "2 × 50" in shown


def test_a_graph_too_large_to_read_is_refused(course):
    with pytest.raises(GraphError, match=r"at most max_nodes = 5 nodes. Got 6. Use to_text for a table"):
        to_svg(course, max_nodes=5)
    with pytest.raises(ParameterError, match="'max_nodes' parameter of to_svg must be an int"):
        to_svg(course, max_nodes=0)


@pytest.mark.parametrize(("length", "drawn"), [(199, True), (200, False)])
def test_notebooks_get_a_table_of_a_graph_too_large_to_draw(length, drawn):
    node = Variable(1.0, "<x>")
    for _ in range(length):
        node = -node
    page = to_html(node)
    assert ("<svg " in page) == drawn
    assert ("A graph of 201 nodes, too large to draw" in page) != drawn
    assert "&lt;x&gt;" in page
    assert "<x>" not in page


def test_a_tangle_of_many_edges_is_drawn():
    layer = [Variable(float(k), f"x{k}") for k in range(16)]
    for _ in range(8):
        layer = [a + b for a, b in zip(layer, layer[1:] + layer[:1], strict=True)]
    J = layer[0]
    for node in layer[1:]:
        J = J + node
    assert to_svg(J).count('class="wire"') == 8 * 16 * 2 + 15 * 2
