"""python-socketio as a server needs it.

The package also loads its clients, and they load aiohttp and requests wherever those happen to be installed: 12 MB
and a third of the start, for code that never runs here.
"""

from __future__ import annotations

import sys
from typing import Any

CLIENTS_NEED = ("aiohttp", "requests")

_known: dict[str, Any] = sys.modules
_hidden = [name for name in CLIENTS_NEED if name not in _known]
_known.update(dict.fromkeys(_hidden))  # None there says "not installed" to whoever imports it
try:
    import socketio
finally:
    for _name in _hidden:
        del _known[_name]

__all__ = ["socketio"]
