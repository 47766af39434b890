"""Logging: structured lines, each with the request, job and ticket that it belongs to. Never a secret, never a body."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from app.settings import Settings

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(settings: Settings) -> None:
    """Set up logging for the process, once, at start."""
    level = getattr(logging, settings.log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_stamps(), *_last(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[of_libraries(settings)])


def of_libraries(settings: Settings) -> logging.Handler:
    """What takes the lines of libraries: they leave in the same form as ours, on one line whatever a stranger sent."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_stamps(), _on_one_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(settings)],
        )
    )
    return handler


def _stamps() -> list[Any]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _last(settings: Settings) -> list[Any]:
    if settings.log == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]


def _on_one_line(_logger: Any, _method: str, line: Any) -> Any:
    """Control characters of a stranger's command are shown, never sent to a terminal."""
    line["event"] = _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], str(line["event"]))
    return line
