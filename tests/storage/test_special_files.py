"""What is no plain file is not replaced, and does not hold a save up."""

import hashlib
import os
import stat
import sys

import pytest

import layerwise as lw
from layerwise.errors import ModelFileError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no pipes among its files")

MODEL = lw.TrainingResult(lw.Network((1, 1), ("identity",)), lw.Parameters([[[2.0]]], [[[1.0]]]), lw.History())


def test_a_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "model")
    with pytest.raises(ModelFileError, match="cannot be written: Is a device or a pipe"):
        lw.save(MODEL, tmp_path / "model")
    assert stat.S_ISFIFO(os.stat(tmp_path / "model").st_mode)


def test_a_pipe_with_the_name_of_a_temporary_file_holds_nobody_up(tmp_path):
    lw.save(MODEL, tmp_path / "model")
    prefix = _prefix_of("model")
    os.mkfifo(tmp_path / f"{prefix}0.tmp")
    os.symlink(tmp_path / "model", tmp_path / f"{prefix}1.tmp")
    lw.save(MODEL, tmp_path / "model")
    assert lw.load(tmp_path / "model").parameters.W[1].tolist() == [[2.0]]
    assert stat.S_ISFIFO(os.stat(tmp_path / f"{prefix}0.tmp").st_mode)


def _prefix_of(name):
    return f".layerwise-{hashlib.sha256(name.encode()).hexdigest()[:16]}-"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_who_may_read_the_older_file_may_read_the_new_one_and_nobody_else(tmp_path, mode):
    lw.save(MODEL, tmp_path / "model")
    os.chmod(tmp_path / "model", mode)
    lw.save(MODEL, tmp_path / "model")
    assert stat.S_IMODE(os.stat(tmp_path / "model").st_mode) == mode
