"""The flower: points of two classes that no straight line divides (notes, week 3).

The rose r = sin 4t has eight petals. The first half of the curve is class 0, the second half class 1, and the
petals of both stand around the middle in turns. The other examples take their points from here.
"""

import numpy as np


def flower(m=400, seed=1, noise=0.05):
    """Return X (2, m) and Y (1, m): columns are examples."""
    randn = np.random.default_rng(seed).standard_normal
    t = np.linspace(0, 2 * np.pi, m, endpoint=False)
    angle = t + 4 * noise * randn(m)
    radius = np.sin(4 * angle) + noise * randn(m)
    X = np.vstack([radius * np.sin(angle), radius * np.cos(angle)])
    Y = (t >= np.pi).astype(float).reshape(1, m)
    return X, Y


def accuracy(Y_hat, Y):
    """Return the part of the labels that is predicted rightly."""
    return float(np.mean((Y_hat > 0.5) == (Y > 0.5)))


def in_letters(X, Y, width=64, height=27):
    """Return a picture of the points: o for class 0, # for class 1."""
    page = np.full((height, width), " ")
    reach = 1.01 * np.abs(X).max()
    columns = ((X[0] / reach + 1) / 2 * width).astype(int)
    rows = ((1 - X[1] / reach) / 2 * height).astype(int)
    page[rows, columns] = np.where(Y[0] > 0.5, "#", "o")
    return "\n".join("".join(row).rstrip() for row in page)


def main():
    X, Y = flower()
    print(in_letters(X, Y))
    print(f"\nX is {X.shape}, Y is {Y.shape}: {Y.shape[1]} examples, {int(Y.sum())} of them (#) of class 1.")


if __name__ == "__main__":
    main()
