"""DOT text: nodes, edges, and what is escaped."""

import re
import shutil
import subprocess

import pytest

from layerwise.graph import Variable, exp, to_dot

STATEMENT = re.compile(r'n\d+ \[label="(?:[^"\\]|\\.)*"(?: \w+=(?:"[^"]*"|\d+))*\];|n\d+ -> n\d+;')


@pytest.fixture
def awkward():
    x = Variable([[1.0, 2.0], [3.0, 4.0]], 'a "quoted" \\ name\nof two lines <b>')
    J = exp(x * x).sum().named("J")
    J.backward()
    return J


def test_every_statement_is_well_formed(awkward):
    first, *statements, last = to_dot(awkward).splitlines()
    assert (first, last) == ("digraph layerwise {", "}")
    assert statements[:2] == [
        "  rankdir=LR;",
        '  node [shape=box style="rounded,filled" fillcolor=white fontname="monospace"];',
    ]
    assert all(STATEMENT.fullmatch(line.strip()) for line in statements[2:])


def test_edges_are_the_uses(awkward):
    assert re.findall(r"n\d+ -> n\d+", to_dot(awkward)) == ["n0 -> n1", "n0 -> n1", "n1 -> n2", "n2 -> n3"]


def test_labels_are_escaped(awkward):
    assert r'n0 [label="a \"quoted\" \\ name of two lines <b>\l2 × 2\lvalue  1  2\l       3  4\lgrad' in to_dot(awkward)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it(awkward):
    drawn = subprocess.run(["dot", "-Tsvg"], input=to_dot(awkward).encode(), capture_output=True, check=True)
    assert drawn.stdout.count(b'class="node"') == 4
