"""What the commands that serve share."""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec
from typing import Any

from gatecast._types import InputError

STUDIO = "/studio"
"""The path of the studio."""

_ADDON = "gatecast.studio:add_studio"
# What the studio needs besides the service.
_FORMS = "python_multipart"


def is_loopback(host: str) -> bool:
    """Whether an address leads to this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_loopback(host: str, *, auth: bool) -> None:
    """Raise if anybody could come in without a key.

    Raises:
        InputError: naming the host.
    """
    if not auth and not is_loopback(host):
        raise InputError(f"--no-auth would let anybody in on {host}: use it on 127.0.0.1 only")


def studio_addon(**settings: Any) -> dict[str, dict[str, Any]]:
    """What adds the studio to a service.

    Args:
        **settings: those of `gatecast.studio.StudioSettings`.

    Raises:
        InputError: if what it needs is not installed.
    """
    if find_spec(_FORMS) is None:
        raise InputError("the studio needs its packages: pip install 'gatecast[studio]'")
    return {_ADDON: settings}
