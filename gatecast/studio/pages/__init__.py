"""What a visitor sees: pages made on the server, which work without script."""

from gatecast.studio.pages._app import add_studio
from gatecast.studio.pages.common import StudioSettings

__all__ = ["StudioSettings", "add_studio"]
