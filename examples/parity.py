"""What depth is good for: the parity of n bits (notes, week 4, "Why deep representations?").

Parity is 1 where an odd number of the bits is 1; of two bits it is XOR. First what a network *can* compute, with
weights written down by hand, then what gradient descent *finds*. The 2^(n-1) units of the lecture belong to circuits
of AND and OR gates. Neurons that add up real numbers need far fewer, and depth still wins, as the first table shows.
"""

import numpy as np
from planar_data import accuracy

import layerwise as lw


def all_inputs(n):
    """Return all 2^n inputs as X (n, 2^n), and their parity as Y (1, 2^n)."""
    X = (np.arange(2**n) >> np.arange(n).reshape(n, 1)) & 1
    return X.astype(float), X.sum(axis=0, keepdims=True) % 2


def shallow_by_hand(n):
    """One layer: parity is a zigzag of n pieces over the sum s, s - 2 (s-1)+ + 2 (s-2)+ - ..., one unit each."""
    signs = 2.0 * (-1.0) ** np.arange(n)
    signs[0] = 1.0
    theta = lw.Parameters(W=[np.ones((n, n)), [signs]], b=[-np.arange(n).reshape(n, 1), [[0.0]]])
    return lw.Network((n, n, 1), ("relu", "identity")), theta


def deep_by_hand(n):
    """log2 n layers of two units: each folds [0, w] onto [0, w/2]. As w is even, w - s is odd where s is."""
    folds = n.bit_length() - 1
    W = [np.ones((2, n)), *[np.array([[1.0, -2.0], [1.0, -2.0]])] * (folds - 1), [[1.0, -2.0]]]
    b = [*(np.array([[0.0], [-n / 2**k]]) for k in range(1, folds + 1)), [[0.0]]]
    net = lw.Network((n, *[2] * folds, 1), ("relu",) * folds + ("identity",))
    return net, lw.Parameters(W, b)


def trained(n, hidden, seeds=5):
    """Return the network, the mean accuracy over several seeds, and in how many runs every input was right."""
    X, Y = all_inputs(n)
    net = lw.Network((n, *hidden, 1), ("tanh",) * len(hidden) + ("sigmoid",))
    right = []
    for seed in range(seeds):
        result = lw.train(net, 2 * X - 1, Y, optimizer="adam", learning_rate=0.01, epochs=3000, seed=seed)
        right.append(accuracy(result.predict(2 * X - 1), Y))
    return net, np.mean(right), sum(part == 1 for part in right)


def main():
    print(f"By hand: {'bits':>4}{'inputs':>8}{'units, shallow':>16}{'units, deep':>13}{'parameters':>16}{'errors':>8}")
    for n in (4, 8, 16):
        (wide, wide_theta), (deep, deep_theta) = shallow_by_hand(n), deep_by_hand(n)
        X, Y = all_inputs(n)
        errors = np.sum(lw.predict(wide, wide_theta, X) != Y) + np.sum(lw.predict(deep, deep_theta, X) != Y)
        units, sizes = [sum(net.sizes[1:-1]) for net in (wide, deep)], f"{wide.n_parameters}, {deep.n_parameters}"
        print(f"{n:13d}{2**n:8d}{units[0]:16d}{units[1]:13d}{sizes:>16}{errors:8d}")
    print("\nBoth are exact. In one layer every unit adds one straight piece to the zigzag; every fold doubles them.")
    print("So 2 log2 n units in many layers do what takes n in one: an exponential saving, as the lecture says.\n")

    print(f"Trained, 6 bits: {'hidden units':>14}{'parameters':>12}{'mean accuracy':>15}{'all 64 right':>14}")
    for hidden in ((), (4,), (9,), (12,), (4, 4, 4)):
        net, right, solved = trained(6, hidden)
        print(f"{'-'.join(map(str, hidden)) or 'none':>30}{net.n_parameters:12d}{right:15.1%}{solved:>9} of 5")
    print("\nLogistic regression stays at chance; hidden units learn it. With 73 parameters each, one layer of 9 and")
    print("three of 4 end up close together: that a small deep network exists does not mean that descent finds it.")


if __name__ == "__main__":
    main()
