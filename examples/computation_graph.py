"""The computation graph: values forward, derivatives backward (notes 2.7 to 2.9).

First J = 3 (a + b c) of notes 2.7, then the loss of one example of logistic regression, then the same from a
network. With --plot the last one is drawn, as SVG, and no drawing program is needed.
"""

import argparse
from pathlib import Path

import layerwise as lw
from layerwise.graph import Variable, log, sigmoid, to_svg, to_text, trace


def the_example_of_the_notes():
    """Show notes 2.7 and 2.8: dJ/da = 3, dJ/db = 3 c = 6, dJ/dc = 3 b = 9."""
    a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    u = (b * c).named("u")
    v = (a + u).named("v")
    J = (3 * v).named("J")
    J.backward()
    print(to_text(J))
    print(f"\nMove a by 0.001 and J moves by 0.003: dJ/da = {a.grad:g}. By b it is {b.grad:g}, by c {c.grad:g}.\n")


def one_example():
    """Show notes 2.9: dz = a - y, dw1 = x1 dz, dw2 = x2 dz, db = dz."""
    x1, x2, y = Variable(1.0, "x1"), Variable(-2.0, "x2"), 1
    w1, w2, b = Variable(0.5, "w1"), Variable(0.25, "w2"), Variable(0.0, "b")
    z = (w1 * x1 + w2 * x2 + b).named("z")
    a = sigmoid(z).named("a")
    loss = (-(y * log(a) + (1 - y) * log(1 - a))).named("L")
    loss.backward()
    print(to_text(loss))
    print(f"\ndz = {z.grad:g} is a - y = {a.value - y:g}; dw1 = {w1.grad:g} is x1 dz = {x1.value * z.grad:g}.\n")


def a_whole_network():
    """Return the graph of a 2-2-1 network and one example, every node with its value and derivative."""
    net = lw.Network((2, 2, 1), ("tanh", "sigmoid"))
    theta = lw.Parameters(W=[[[0.5, -0.25], [-0.5, 0.5]], [[1.0, -2.0]]], b=[[[0.0], [0.5]], [[-1.0]]])
    graph = trace(net, theta, X=[[1.0], [-2.0]], Y=[[1]])
    print(to_text(graph))
    print(f"\nA network with {net.L} layers is a graph of {len(graph)} nodes. Ask it for any: graph['W[1]'].grad is")
    print(graph["W[1]"].grad)
    return graph


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the network's graph")
    arguments = parser.parse_args()
    the_example_of_the_notes()
    one_example()
    graph = a_whole_network()
    if arguments.plot:
        arguments.plot.write_text(to_svg(graph), encoding="utf-8")
        print(f"\nThe drawing is in {arguments.plot}.")


if __name__ == "__main__":
    main()
