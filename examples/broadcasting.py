"""Broadcasting, and why the library wants columns (notes 2.15 and 2.16).

The calories of four foods in percent, without a loop; then what a sum does to a shape, and what happens when an
array without a second axis is given where a row is meant.
"""

import numpy as np

import layerwise as lw
from layerwise.errors import ShapeError

FOODS = ("apples", "beef", "eggs", "potatoes")
A = np.array([[56.0, 0.0, 4.4, 68.0],
              [1.2, 104.0, 52.0, 8.0],
              [1.8, 135.0, 99.0, 0.9]])  # fmt: skip


def main():
    calories = A.sum(axis=0, keepdims=True)
    percentage = 100 * A / calories  # (3, 4) / (1, 4): the row is repeated three times
    print(f"{'% of the calories':20}" + "".join(f"{food:>10}" for food in FOODS))
    for name, row in zip(("carbohydrates", "protein", "fat"), percentage, strict=True):
        print(f"{name:20}" + "".join(f"{value:10.1f}" for value in row))

    print(f"\nA.sum(axis=0) has the shape {A.sum(axis=0).shape}, and with keepdims=True {calories.shape}.")
    column, flat = np.arange(3.0).reshape(3, 1), np.arange(3.0)
    shapes = (column - column.T).shape, (flat - flat.T).shape
    print(f"A column minus its transpose is {shapes[0]}; a flat array minus its transpose is {shapes[1]}.")

    net = lw.Network((3, 1), ("sigmoid",))
    try:
        lw.train(net, A, Y=np.array([1, 0, 0, 1]))
    except ShapeError as error:
        print(f"\nSo the library asks for two axes, and says how to get them:\n  {error}")


if __name__ == "__main__":
    main()
