"""One small model of every kind, its file, and what it predicts.

    python tests/golden/models/make.py

writes each model as NAME.schema1.safetensors, and expected.json beside them, which `tests/storage/test_golden_files.py`
holds every later version against. A file that is there already is never written again: it is of the version that it is
named by. What reads the files needs NumPy alone; what makes them, scikit-learn.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path

import numpy as np

import layerwise as lw

HERE = Path(__file__).parent
RNG = np.random.default_rng(20)
ROWS = RNG.normal(size=(40, 3)).round(3)
TABLE = {
    "age": [float(20 + 7 * k % 40) for k in range(40)],
    "town": [f"town {k % 12}" for k in range(40)],
    "size": ["small", "large"] * 20,
    "seen": np.datetime64("2024-01-01T00:00:00", "us") + np.arange(40) * np.timedelta64(9, "h"),
}


def small_network(**options):
    net = lw.Network((3, 4, 2), ("tanh", "softmax"))
    Y = np.eye(2)[(ROWS[:, 0] > 0).astype(int)].T
    return lw.train(net, ROWS.T, Y, **{"epochs": 4, "seed": 1, "optimizer": "adam", "learning_rate": 0.1, **options})


def with_embeddings():
    embeddings = [lw.Embedding(4, 2), lw.Embedding(3, None), lw.Embedding(5, 2, ordered=True)]
    net = lw.Network((1 + 2 + 3 + 2, 3, 1), ("gelu", "identity"), "huber(delta=0.5)", embeddings=embeddings)
    X = np.vstack([ROWS[:, 0], np.arange(40) % 4, np.arange(40) % 3, np.linspace(0, 4, 40)])
    return lw.train(net, X, ROWS[:, :1].T, epochs=3, dtype="float64", validation=(X, ROWS[:, :1].T))


def checkpoint():
    with tempfile.TemporaryDirectory() as folder:
        small_network(epochs=6, callbacks=[lw.Checkpoint(Path(folder, "c"), every=3)], averaging=0.9)
        return Path(folder, "c").read_bytes()


def fit_checkpoint():
    from layerwise.estimators.tabular.checkpoint import _Kept

    return _Kept("0" * 64, {0: small_network(), 2: small_network(seed=5)}, {2})


def tabular(kind, y, **options):
    model = kind(n_estimators=2, hidden=(3,), epochs=2, n_jobs=1, random_state=3, **options)
    return model.fit(TABLE, y)


def models():
    """Return every model by its name: one to save, or the bytes of its file."""
    labels = np.where(ROWS[:, 0] > 0.5, "hoch", np.where(ROWS[:, 0] > -0.5, "mäßig", "niedrig"))
    mlp = {"hidden_layer_sizes": (4,), "max_iter": 5, "random_state": 2}
    targets = ROWS[:, :2] @ [[1.0, 2.0], [0.5, -1.0]]
    return {
        "network": small_network(),
        "embeddings": with_embeddings(),
        "checkpoint": checkpoint(),
        "fit-checkpoint": fit_checkpoint(),
        "classifier": lw.MLPClassifier(**mlp, early_stopping=True).fit(ROWS, labels),
        "two-classes": lw.MLPClassifier(**mlp, class_weight={False: 1.0, True: 2.0}).fit(ROWS, ROWS[:, 0] > 0),
        "labels": lw.MLPClassifier(**mlp, dtype="float32").fit(ROWS, (ROWS > 0).astype(int)),
        "regressor": lw.MLPRegressor(**mlp, schedule="cosine").fit(ROWS, targets[:, 0]),
        "two-targets": lw.MLPRegressor(**mlp, loss="huber(delta=0.3)").fit(ROWS, targets),
        "logistic": lw.LogisticRegression().fit(ROWS, labels),
        "logistic-numbers": lw.LogisticRegression(C=10, solver="newton").fit(ROWS, np.where(ROWS[:, 1] > 0, 7, 3)),
        "table-classes": tabular(lw.TabularClassifier, labels),
        "table-numbers": tabular(lw.TabularRegressor, targets[:, 0], roles={"size": ["small", "large"]}),
    }


def predictions(name, model):
    """Return what a model predicts for five rows, as JSON values."""
    if name.startswith("table"):
        rows = {column: cells[:5] for column, cells in TABLE.items()}
        table = {**rows, "seen": np.asarray(rows["seen"]), "town": [*rows["town"][:4], "elsewhere"]}
        found = {"predict": model.predict(table)}
        return listed(found | ({"predict_proba": model.predict_proba(table)} if model.target.classes else {}))
    if name == "embeddings":
        return listed({"predict": model.predict(np.array([[0.5, -1.0], [3.0, -1.0], [0.0, 2.0], [0.25, 3.5]]))})
    if name == "fit-checkpoint":
        return listed({f"predict {k}": result.predict(ROWS[:5].T) for k, result in model.results.items()})
    if isinstance(model, lw.TrainingResult):
        return listed({"predict": model.predict(ROWS[:5].T)})
    found = {"predict": model.predict(ROWS[:5])}
    if "regressor" not in name and "targets" not in name:
        found["predict_proba"] = model.predict_proba(ROWS[:5])
    return listed(found)


def listed(found):
    return {what: np.asarray(values).tolist() for what, values in found.items()}


def main():
    warnings.simplefilter("ignore")
    expected = HERE / "expected.json"
    known = json.loads(expected.read_text(encoding="utf-8")) if expected.exists() else {}
    for name, model in models().items():
        path = HERE / f"{name}.schema1.safetensors"
        if path.exists():
            continue
        if isinstance(model, bytes):
            path.write_bytes(model)
        else:
            lw.save(model, path)
        known[path.name] = predictions(name, lw.load(path))
    expected.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
