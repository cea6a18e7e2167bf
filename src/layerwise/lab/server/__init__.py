"""The lab's server: what the page may ask, who may ask it, and what it hears while a network trains."""

from layerwise.lab.server.app import create_app
from layerwise.lab.server.desk import Desk
from layerwise.lab.server.events import Events, Look, Stream, Watched
from layerwise.lab.server.security import Guard, Keys, hosts_of
from layerwise.lab.server.serving import bind, link_of, serve

__all__ = [
    "Desk",
    "Events",
    "Guard",
    "Keys",
    "Look",
    "Stream",
    "Watched",
    "bind",
    "create_app",
    "hosts_of",
    "link_of",
    "serve",
]
