# make demo and make test need Python 3.11 or newer and make, nothing else: they set up .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check bench pictures format clean

demo: $(READY)                ## train on a real table, print the metrics, draw the curve
	$(BIN)/layerwise demo

test: $(READY)                ## everything: lint, types, rooms, all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

check: $(READY)               ## the fast loop: lint, types, unit tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "not slow" -q

bench: $(READY)               ## speed against plain NumPy loops
	$(BIN)/python -m benchmarks.numpy_loop

pictures: $(READY)            ## the pictures of the README, from the real thing
	$(BIN)/python docs/images/draw.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@
