"""A column that does not enter the matrix, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from layerwise import values
from layerwise.tables.encodings.place import Place

__all__ = ["AS_ASKED", "DroppedColumn"]

AS_ASKED = "left out as asked"
"""The reason for a column that the user dropped."""


@dataclass(frozen=True)
class DroppedColumn:
    """A column that does not enter the matrix, with the reason and the way to keep it."""

    role: ClassVar[str] = "dropped"
    places: ClassVar[tuple[Place, ...]] = ()
    name: str
    reason: str
    missing: int = 0
    hint: str = ""
    kind: str = "text"

    @property
    def detail(self) -> str:
        """The reason."""
        return self.reason

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> DroppedColumn:
        """Build the column that `to_config` described."""
        name, reason, hint, kind = (values.text(config[key]) for key in ("name", "reason", "hint", "kind"))
        return cls(name, reason, values.count(config["missing"]), hint, kind)
