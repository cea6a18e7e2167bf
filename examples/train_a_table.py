"""From a CSV file to a saved model and back, in Python: what `layerwise train` and `predict` do.

Needs the extra `tables`: pip install 'layerwise[tables]'. The file is made here: flats with their size, floor and
district, some cells empty, and the price that they follow, with noise.
"""

import csv
import tempfile
from pathlib import Path

import numpy as np

import layerwise as lw
from layerwise.estimators.tabular import Rows, Settings, fit_model
from layerwise.tables import TargetEncoder, read_table

DISTRICTS = {"harbour": 1.3, "centre": 1.6, "hills": 1.1, "east": 0.8}


def write_flats(path, m, seed):
    """Write m flats; every twentieth has no floor."""
    rng = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["size", "floor", "district", "price"])
        for i in range(m):
            district = rng.choice(list(DISTRICTS))
            size, floor = rng.uniform(25, 150), int(rng.integers(0, 8))
            price = (40 + 3 * size + 8 * floor) * DISTRICTS[district] + rng.normal(0, 15)
            writer.writerow([f"{size:.0f}", "" if i % 20 == 0 else floor, district, f"{price:.1f}"])


def main():
    with tempfile.TemporaryDirectory() as folder:
        flats, new = Path(folder, "flats.csv"), Path(folder, "new.csv")
        write_flats(flats, 800, seed=1)
        write_flats(new, 200, seed=2)

        table = read_table(flats)
        target = TargetEncoder.fit(table, "price")
        model = fit_model(Rows(table, target.encode(table).T), target, Settings(seed=3))
        print(f"columns of X: {', '.join(model.encoder.feature_names)}")
        print(f"{len(model.members)} networks, {model.rows['training']} rows, each held out by one of them\n")
        print(f"{'on held-out rows':18}{'the model':>11}{'the mean':>11}")
        for name, value in model.evaluation.metrics.items():
            print(f"{name:18}{value:11.3f}{model.evaluation.baseline[name]:11.3f}")
        columns = ", ".join(entry.column for entry in model.evaluation.importances)
        print(f"The price depends most on: {columns}.")

        file = Path(folder, "flats.safetensors")
        lw.save(model, file)
        loaded = lw.load(file)
        table = read_table(new, types=loaded.encoder.types, missing=loaded.encoder.missing)
        prices, again = model.predict(table), loaded.predict(table)
        same = "the same" if np.array_equal(prices, again) else "other"
        print(f"\nThe model file has {file.stat().st_size:,} bytes. Loaded again it predicts {same} numbers.")
        print(f"Of 200 new flats it explains R² = {loaded.evaluate(read_table(new))['r2']:.3f}.")


if __name__ == "__main__":
    main()
