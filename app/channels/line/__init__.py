"""LINE official accounts: the one folder of the desk that knows LINE."""

from app.channels.line.channel import LineChannel

__all__ = ["LineChannel"]
