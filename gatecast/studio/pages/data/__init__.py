"""Pages of data: how they come in, what was understood, how they look, and how to forecast them."""

from gatecast.studio.pages.data._files import routes as files
from gatecast.studio.pages.data._frame import routes as frame
from gatecast.studio.pages.data._look import routes as look
from gatecast.studio.pages.data._start import routes as start

__all__ = ["files", "frame", "look", "start"]
