"""The studio: pages on which people look at their data, forecast it and understand the result.

It stands on the app of the service, at /studio, and has no logic of its own: `views` draw, `work`
carries out a run in a process of its own, `store` keeps files and runs in the database of the
service, `queue` lets one run work at a time, and `pages` are what a visitor sees.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.studio.pages import StudioSettings, add_studio

__getattr__ = lazy_names(__name__, {"StudioSettings": "pages", "add_studio": "pages"})

__all__ = ["StudioSettings", "add_studio"]
