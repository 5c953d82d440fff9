"""What a visitor sees: pages made on the server, which work without script."""

from gatecast.studio.pages._app import add_studio
from gatecast.studio.pages._settings import StudioSettings

__all__ = ["StudioSettings", "add_studio"]
