"""Why everything is written with matrices: a loop against one call of NumPy (notes 2.11 and 2.12).

The sum of a million products, as a loop of Python and as np.dot; then σ of a million numbers. On a busy machine
the threads behind np.dot may wait for each other; with OPENBLAS_NUM_THREADS=1 there is only one.
"""

import math
import time

import numpy as np


def seconds(work, repeats):
    """Return the shortest of several times, and the result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def dot_by_loop(a, b):
    c = 0.0
    for i in range(len(a)):
        c += a[i] * b[i]
    return c


def sigmoid_by_loop(z):
    a = np.empty_like(z)
    for i in range(len(z)):
        a[i] = 1 / (1 + math.exp(-z[i]))
    return a


def main():
    rng = np.random.default_rng(1)
    a, b = rng.random(1_000_000), rng.random(1_000_000)
    print(f"{'a million numbers':28}{'loop, ms':>10}{'NumPy, ms':>11}{'ratio':>8}")
    for name, loop, whole in (
        ("a · b, np.dot (2.11)", lambda: dot_by_loop(a, b), lambda: np.dot(a, b)),
        ("σ(a), np.exp (2.12)", lambda: sigmoid_by_loop(a), lambda: 1 / (1 + np.exp(-a))),
    ):
        slow, by_loop = seconds(loop, repeats=2)
        fast, at_once = seconds(whole, repeats=20)
        assert np.allclose(by_loop, at_once, rtol=1e-9)
        print(f"{name:28}{1e3 * slow:10.1f}{1e3 * fast:11.2f}{slow / fast:8.0f}")
    print("\nBoth ways give the same numbers. Where a loop over the examples can be one product, let it be one.")


if __name__ == "__main__":
    main()
