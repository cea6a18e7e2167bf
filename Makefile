# make demo and make test need Python 3.11 or newer and make, nothing else: they set up .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
TOOLS := .venv/.tools
READY := .venv/.ready
SANITIZED := build/sanitize-venv
CXX_FILES = $(shell find native -name '*.cpp' -o -name '*.hpp')
# Tests start Python hundreds of times: what it compiles is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
PIP_BUILD = -m pip install --quiet --no-build-isolation -C cmake.define.CMAKE_COMPILE_WARNING_AS_ERROR=ON -C build-dir=

# Whether the native core can be built here. If so, its errors stop make; if not, the install is pure Python.
CAN_COMPILE = $$(printf '\#include <Python.h>\n\#include <latch>\n' | $${CXX:-c++} -std=c++20 -x c++ -fsyntax-only \
	-I"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')" - 2> /dev/null && echo 1 || echo 0)

.PHONY: demo test chromium check lab lab-page lab-page-fresh native sanitize bench bench-lab bench-search bench-storage bench-tables \
	pictures screenshots format clean

demo: $(READY)                ## train on a real table, print the metrics, draw the curve
	$(BIN)/layerwise demo

test: $(READY) chromium       ## everything: lint, types, rooms, all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(CXX_FILES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	test ! -x build/dev/native_tests || build/dev/native_tests
	! command -v npm > /dev/null || $(MAKE) lab-page-fresh
	$(BIN)/pytest -n auto --dist loadgroup

# The tests of the lab's page drive a browser; where there is none, they are skipped.
chromium:
	@command -v chromium > /dev/null || ! command -v apt-get > /dev/null || test "$$(id -u)" != 0 || \
		{ apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends chromium; } || \
		echo "Chromium could not be installed: the tests that need it are skipped."

check: $(READY)               ## the fast loop: lint, types, unit tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -m "not slow" -q

lab: $(READY)                 ## a page in the browser where a network is seen to learn
	$(BIN)/layerwise lab

lab-page: lab-page/node_modules  ## build the lab's page into the package: needs Node, and its result is committed
	cd lab-page && npm run --silent check && npm run --silent build

# What is committed is what the sources build to. Vite names files by their content: the same sources, the same names.
lab-page-fresh: lab-page/node_modules  ## fail where the committed page is not what its sources build to
	cd lab-page && npm run --silent check && npm run --silent build -- --outDir ../build/lab-page
	diff --recursive --brief build/lab-page src/layerwise/lab/static || \
		{ echo "The committed page is not fresh: make lab-page, and commit src/layerwise/lab/static."; exit 1; }

# Not `npm ci`, which fails where a registry lacks packages for other platforms, as mirrors do.
lab-page/node_modules: lab-page/package-lock.json
	cd lab-page && npm install --no-save --silent
	touch $@

native: $(READY)              ## the C++ core, rebuilt from what changed, into .venv

# With GCC, whose sanitizers are shared libraries: they come into a Python that has none by LD_PRELOAD.
sanitize: $(READY) $(SANITIZED)/pyvenv.cfg  ## the core under the address, undefined behaviour and thread sanitizers
	LAYERWISE_REQUIRE_NATIVE=1 $(SANITIZED)/bin/python $(PIP_BUILD)build/address --no-deps . \
		-C cmake.define.LW_TESTS=ON -C cmake.define.LW_SANITIZE='address;undefined'
	build/address/native_tests
	export LD_PRELOAD="$$(ldd $(SANITIZED)/lib/python3*/site-packages/layerwise/engines/_native*.so | awk '/asan|stdc/ {printf "%s ", $$3}')" \
		ASAN_OPTIONS=detect_leaks=0; $(SANITIZED)/bin/python -c 'import layerwise.engines._native' && \
		$(SANITIZED)/bin/python -m pytest -n auto tests/contract tests/native tests/test_mapped.py
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/thread -G Ninja -DLW_SANITIZE=thread
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build build/thread
	build/thread/native_tests

bench:                        ## speed against torch, JAX, scikit-learn and NumPy, which it installs into .venv-bench
	bash benchmarks/environment.sh
	.venv-bench/bin/python -m benchmarks.training --seed 7
	.venv-bench/bin/python -m benchmarks.numpy_loop
	.venv-bench/bin/python -m benchmarks.estimators

bench-tables:                 ## tabular estimators against boosted trees, cross-validated with everybody's defaults
	bash benchmarks/environment.sh
	.venv-bench/bin/python -m benchmarks.tables

bench-lab: $(READY)           ## the lab's server: seconds to the page, ages of frames, ten minutes of load
	$(BIN)/python -m benchmarks.lab.latency
	$(BIN)/python -m benchmarks.lab.soak --minutes 10 --reconnects 1000

bench-search:                 ## searches and many trainings at once against scikit-learn, joblib, and Optuna with torch
	bash benchmarks/environment.sh
	.venv-bench/bin/python -m benchmarks.searches

bench-storage:                ## model files against others', tables larger than memory, exported models
	bash benchmarks/environment.sh
	.venv-bench/bin/python -m benchmarks.storage
	.venv-bench/bin/python -m benchmarks.streaming
	.venv-bench/bin/python -m benchmarks.larger_than_memory
	.venv-bench/bin/python -m benchmarks.exports

pictures: $(READY)            ## the pictures of the README, from the real thing
	$(BIN)/python docs/images/draw.py
	$(BIN)/python docs/images/draw_native_engine.py

screenshots: $(READY)         ## the pictures of the lab, photographed in Chromium
	$(BIN)/python docs/images/draw_lab.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CXX_FILES)

clean:
	rm -rf .venv .venv-bench build dist lab-page/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The build tools live in .venv too: an incremental build needs them at a place that stays.
$(TOOLS): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --group build
	touch $@

# Stamped with the time it began: a file saved during the build is newer, and is built next time.
$(READY): $(TOOLS) CMakeLists.txt $(shell find native -mindepth 1)
	touch $@.begun
	LAYERWISE_REQUIRE_NATIVE=$(CAN_COMPILE) $(BIN)/python $(PIP_BUILD)build/dev -C cmake.define.LW_TESTS=ON --editable '.[dev]'
	mv $@.begun $@

# The tools of .venv, and a layerwise of its own.
$(SANITIZED)/pyvenv.cfg: $(TOOLS)
	$(BIN)/python -m venv --without-pip $(SANITIZED)
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > $$(echo $(SANITIZED)/lib/python3*/site-packages)/tools.pth
