"""Hyperparameters are found by trying (notes, week 4, "What are hyperparameters?").

Learning rate times hidden units, each network judged on points that it has not learnt from.
"""

from planar_data import accuracy, flower

import layerwise as lw

LEARNING_RATES = (0.01, 0.1, 1.0, 10.0, 1000.0)
HIDDEN_UNITS = (2, 4, 8, 32)


def main():
    X, Y = flower(seed=1)
    X_new, Y_new = flower(seed=2)
    print("Accuracy on new points after 2000 steps; tanh hidden units\n")
    print(f"{'learning rate':>13}" + "".join(f"{f'{n_h} units':>12}" for n_h in HIDDEN_UNITS))
    tried = {}
    for learning_rate in LEARNING_RATES:
        for n_h in HIDDEN_UNITS:
            net = lw.Network((2, n_h, 1), ("tanh", "sigmoid"))
            result = lw.train(net, X, Y, learning_rate=learning_rate, epochs=2000, seed=3)
            tried[learning_rate, n_h] = accuracy(result.predict(X_new), Y_new)
        print(f"{learning_rate:13g}" + "".join(f"{tried[learning_rate, n_h]:12.1%}" for n_h in HIDDEN_UNITS))
    best = max(tried, key=tried.get)
    print(f"\nBest here: learning rate {best[0]:g} with {best[1]} units, {tried[best]:.1%}.")
    print("Too small a rate has not arrived yet, too large a one overshoots. Another table needs another search.")


if __name__ == "__main__":
    main()
