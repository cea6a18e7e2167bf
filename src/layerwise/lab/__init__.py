"""The lab: see a network learn. This room trains and remembers; `layerwise.lab.server` shows it to a page."""

from typing import TYPE_CHECKING

from layerwise.later import names

if TYPE_CHECKING:
    from layerwise.lab.experiment import Experiment
    from layerwise.lab.experiments import Experiments
    from layerwise.lab.moment import Dataset, Moment
    from layerwise.lab.objections import Gone, SettingError, UploadError
    from layerwise.lab.settings import Settings, checked, described
    from layerwise.lab.standing import Standing
    from layerwise.lab.uploads import Tables, Upload

__all__ = [
    "Dataset",
    "Experiment",
    "Experiments",
    "Gone",
    "Moment",
    "SettingError",
    "Settings",
    "Standing",
    "Tables",
    "Upload",
    "UploadError",
    "checked",
    "described",
]

# late: the server shows the page before what trains is there
__getattr__ = names(
    __name__,
    {
        "Dataset": "moment",
        "Experiment": "experiment",
        "Experiments": "experiments",
        "Gone": "objections",
        "Moment": "moment",
        "SettingError": "objections",
        "Settings": "settings",
        "Standing": "standing",
        "Tables": "uploads",
        "Upload": "uploads",
        "UploadError": "objections",
        "checked": "settings",
        "described": "settings",
    },
)
