"""Hyperparameters by search (notes, week 4): the loop of idea, code and experiment, many networks at a time.

A grid of settings, cross-validated; halving, which gives most epochs to the best; a search with a budget of trials; and
a bootstrap, which says how sure the weights of a logistic regression are.
"""

import warnings

import numpy as np
from planar_data import flower

import layerwise as lw

GRID = {
    "hidden_layer_sizes": [(4,), (16,), (16, 16)],
    "activation": ["tanh", "relu"],
    "learning_rate_init": [0.001, 0.01, 0.1],
}


def main():
    warnings.simplefilter("ignore")  # few epochs are enough to compare
    X, Y = flower()
    X, y = X.T, Y[0].astype(int)
    network = lw.MLPClassifier(batch_size=32, max_iter=81, n_iter_no_change=100, random_state=0)

    full = lw.GridSearchCV(network, GRID, cv=5).fit(X, y)
    print(f"18 settings x 5 folds x 81 epochs: {full.best_score_:.1%} right with {full.best_params_}")

    halved = lw.HalvingGridSearchCV(
        network, GRID, resource="max_iter", min_resources=3, max_resources=81, cv=5, random_state=0
    ).fit(X, y)
    print(f"By halving, {full.n_epochs_ / halved.n_epochs_:.0f} times fewer epochs: {halved.best_score_:.1%} right")

    found = lw.search(network, X, y, n_trials=20, sampler="random", random_state=1)
    print(f"20 trials, log loss {-found.best_score_:.3f} with {found.best_params_}")

    draws = np.random.default_rng(0)
    X = draws.standard_normal((300, 6))  # of which three columns matter
    y = (X[:, :3].sum(axis=1) + draws.logistic(size=300) > 0).astype(int)
    models = lw.fit_many(
        [lw.LogisticRegression() for _ in range(200)],
        X,
        y,
        rows=[draws.integers(len(y), size=len(y)) for _ in range(200)],
    )
    weights = np.array([model.coef_[0] for model in models])
    sure = np.abs(weights.mean(axis=0)) > 2 * weights.std(axis=0)
    print(f"200 logistic regressions on resampled rows: {sure.sum()} of {len(sure)} weights are 2 deviations off 0")


if __name__ == "__main__":
    main()
