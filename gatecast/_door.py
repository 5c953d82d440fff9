"""The public API, for methods that say in another way what one of its functions does.

`found.plot()` is `gatecast.plot(found)`, and so on: a method of a room may say what a later room
does, since people look for it there. `tests/test_architecture.py` lists who does; nothing else in a
room calls what comes after it.
"""

from __future__ import annotations

from gatecast._lazy import lazy

door = lazy("gatecast")
