"""A Python script that repeats the run of a moment, bit for bit, and says whether it is the same."""

from __future__ import annotations

import hashlib

from layerwise._version import __version__
from layerwise.lab.course import arguments_of
from layerwise.lab.moment import Moment
from layerwise.lab.presets import PRESETS
from layerwise.network import Parameters

__all__ = ["digest_of", "script"]


def digest_of(theta: Parameters) -> str:
    """Return the SHA-256 of the parameters: of theta.vector, little-endian, in their floating type."""
    vector = theta.vector.astype(theta.dtype.newbyteorder("<"))
    return hashlib.sha256(vector.tobytes()).hexdigest()


def script(moment: Moment) -> str:
    """Return the script, which needs layerwise alone, and for a table its CSV file."""
    settings, net = moment.settings, moment.net
    table = settings.preset == "table"
    names = ("preset", *PRESETS[settings.preset].uses, "data_seed", "validation", "dtype")
    chosen = {name: value for name, value in settings.to_json().items() if name in names and name != "table"}
    scale = f", scale={settings.scale!r}" if settings.initialization == "normal" else ""
    modules = "import sys\nfrom pathlib import Path\n" if table else ""
    reader = "from layerwise.lab.uploads import read_upload\n" if table else ""
    takes = "\nCall it with the CSV file: python run.py TABLE.csv\n" if table else ""
    read = "read_upload(sys.argv[1], Path(sys.argv[1]).read_bytes()).table" if table else "None"
    asked = (
        '\nif len(sys.argv) != 2:\n    raise SystemExit("Call it with the CSV file: python run.py TABLE.csv")\n'
        if table
        else ""
    )
    return f'''"""A run of the lab up to epoch {moment.epoch}, once more, with the same bits.

Made by layerwise {__version__}.
{takes}"""

import hashlib
{modules}
import layerwise as lw
from layerwise.lab.examples import dataset_of
from layerwise.lab.settings import checked
{reader}
EPOCH = {moment.epoch}
DIGEST = "{digest_of(moment.theta)}"
{asked}
data = dataset_of(checked({chosen!a}), {read})

net = lw.Network({net.sizes!r}, {net.activations!a}, {net.loss!a})
initial = lw.initialize(net, seed={settings.seed}, method={settings.initialization!a}{scale}).astype({settings.dtype!a})


class StopAfter:
    """Ends the run after an epoch; a schedule goes by the epochs that are planned."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, state):
        if state.epoch + 1 == self.epoch:
            state.stop()

{_training(moment)}

digest = hashlib.sha256(theta.vector.astype(theta.dtype.newbyteorder("<")).tobytes()).hexdigest()
run = lw.equations.forward(net, theta, data.X)
print(f"cost after {{EPOCH}} epochs: {{lw.equations.cost(net, theta, run, data.Y, l2={settings.l2!r}):.6g}}")
print(f"SHA-256 of the parameters: {{digest}}")
if digest != DIGEST:
    raise SystemExit("These are not the parameters of the page: other data, another version or another processor.")
print("the same bits as on the page")
'''


def _training(moment: Moment) -> str:
    if not moment.epoch:
        return "\ntheta = initial\n"
    settings = moment.settings
    arguments = {**arguments_of(settings), "epochs": max(settings.epochs, moment.epoch)}
    spelled = "".join(f"    {name}={value!a},\n" for name, value in arguments.items())
    return (
        f"\nresult = lw.train(\n    net,\n    data.X,\n    data.Y,\n    initial=initial,\n"
        f"    validation=data.validation,\n{spelled}    callbacks=[StopAfter(EPOCH)],\n)\ntheta = result.parameters\n"
    )
