"""Mermaid text: nodes, edges, and what is escaped."""

import re

from layerwise.graph import Variable, to_mermaid


def test_the_flowchart_of_the_course():
    a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    J = (3 * (a + b * c)).named("J")
    J.backward()
    lines = to_mermaid(J).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  n1["b<br/>value 3<br/>grad 6"]:::given' in lines
    assert '  n5["J = 3 * v2<br/>value 33<br/>grad 1"]:::result' in lines
    assert [line.strip() for line in lines if "-->" in line] == [
        "n1 --> n3",
        "n2 --> n3",
        "n0 --> n4",
        "n3 --> n4",
        "n4 --> n5",
    ]


def test_labels_are_escaped():
    text = to_mermaid(Variable(1.0, '"<b>&`#;\n'))
    assert 'n0["#34;#60;b#62;#38;#96;#35;#59;<br/>value 1"]' in text


def test_every_class_in_use_is_defined():
    text = to_mermaid((Variable([1.0, 2.0]) * [3.0, 4.0]).sum())
    used, defined = re.findall(r":::(\w+)", text), re.findall(r"classDef (\w+)", text)
    assert set(used) == {"given", "constant", "step", "result"} == set(defined)
