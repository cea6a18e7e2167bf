#!/usr/bin/env bash
# Sets up .venv-bench: the peers, and this checkout built as an installation builds it. What is there already is taken.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-bench
python=$venv/bin/python

test -x $python || "${PYTHON:-python3}" -m venv $venv
if [ ! benchmarks/environment.sh -ot $venv/.peers ]; then
    $python -m pip install --quiet --upgrade pip
    # numpy and safetensors are what layerwise itself needs; it is installed without its dependencies below
    $python -m pip install --quiet 'torch==2.13.0' jax jaxlib scikit-learn matplotlib threadpoolctl numpy safetensors \
        lightgbm xgboost catboost optuna pandas polars narwhals pyarrow onnx onnxruntime rich typer
    touch $venv/.peers
fi
changed() { find src native CMakeLists.txt pyproject.toml -type f ! -name '*.pyc' -newer $venv/.layerwise; }
if [ ! -e $venv/.layerwise ] || [ -n "$(changed)" ]; then
    touch $venv/.building # an edit during the build is newer
    export LAYERWISE_REQUIRE_NATIVE="${LAYERWISE_REQUIRE_NATIVE-1}" # the figures are those of the C++ core
    $python -m pip install --quiet --no-deps --force-reinstall -C build-dir=build/bench .
    mv $venv/.building $venv/.layerwise
fi
