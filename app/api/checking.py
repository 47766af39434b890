"""Requests against their schemas: the same dictionaries that the OpenAPI document publishes decide here.

The part of JSON Schema (2020-12) that request schemas use, and nothing beyond it; a test holds the two together.
Every fault is one translated sentence, keyed by where it is: `sender.email`, `attachments[0].content`.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn

from app.api import problems
from app.api.problems import Refusal
from app.errors import Invalid
from app.i18n import N_
from app.i18n import gettext as _

Schema = Mapping[str, Any]
Faults = dict[str, str]
LONGEST_LIST_OF_FAULTS = 50
SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(body: bytes) -> Any:
    """The value of a JSON body (RFC 8259, with unique names as in RFC 7493). Raises Refusal 400."""
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_float=_float, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise Refusal(problems.MALFORMED, N_("Send one JSON value in UTF-8, each name once in an object.")) from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _float(text: str) -> float | int:
    """1.0 is a whole number too, as JSON Schema has it."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def check(schema: Schema, value: Any, components: Mapping[str, Schema]) -> Any:
    """`value` itself when it fits the schema. Raises Invalid with a sentence for each fault."""
    found = faults(schema, value, "", components)
    if found:
        raise Invalid(dict(list(found.items())[:LONGEST_LIST_OF_FAULTS]))
    return value


def faults(schema: Schema, value: Any, name: str, components: Mapping[str, Schema]) -> Faults:
    """What is wrong with a value, keyed from `name` on."""
    return _Checker(components).faults(schema, value, name)


class _Checker:
    """Walks a value beside its schema."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def faults(self, schema: Schema, value: Any, where: str) -> Faults:
        if "$ref" in schema:
            schema = self._components[schema["$ref"].rpartition("/")[2]]
        if "oneOf" in schema:
            return self._one_of(schema["oneOf"], value, where)
        name = where or "body"
        if not _is_a(schema.get("type", "any"), value):
            return {name: _("This must be: %(type)s.") % {"type": _type_name(schema["type"])}}
        if "enum" in schema and value not in schema["enum"]:
            choices = ", ".join(str(choice) for choice in schema["enum"])
            return {name: _("This must be one of: %(choices)s.") % {"choices": choices}}
        if isinstance(value, str):
            return _text(schema, value, where)
        if isinstance(value, list):
            return self._list(schema, value, where)
        if isinstance(value, dict):
            return self._object(schema, value, where)
        return _number(schema, value, where) if schema.get("type") == "integer" else {}

    def _one_of(self, choices: Sequence[Schema], value: Any, where: str) -> Faults:
        """The faults of the form that was most nearly meant; none when one fits."""
        return min((self.faults(choice, value, where) for choice in choices), key=len)

    def _list(self, schema: Schema, value: list[Any], where: str) -> Faults:
        if len(value) > schema.get("maxItems", len(value)):
            return {where or "body": _("At most %(most)s of these can be sent.") % {"most": schema["maxItems"]}}
        if len(value) < schema.get("minItems", 0):
            return {where or "body": _("At least %(least)s of these is needed.") % {"least": schema["minItems"]}}
        faults: Faults = {}
        for position, item in enumerate(value):
            faults |= self.faults(schema["items"], item, f"{where}[{position}]")
        return faults

    def _object(self, schema: Schema, value: dict[str, Any], where: str) -> Faults:
        at = f"{where}." if where else ""
        known = schema.get("properties", {})
        faults = {at + printable(name): _("This field is not known.") for name in value if name not in known}
        faults |= {at + name: _("This field is needed.") for name in schema.get("required", ()) if name not in value}
        for name in known:
            if name in value:
                faults |= self.faults(known[name], value[name], at + name)
        ways = [way["required"] for way in schema.get("anyOf", ())]
        if ways and not any(all(name in value for name in way) for way in ways):
            names = ", ".join(name for way in ways for name in way)
            faults[where or "body"] = _("At least one of these fields is needed: %(names)s.") % {"names": names}
        return faults


def printable(name: str) -> str:
    """A name that a stranger chose, safe to send back."""
    return SURROGATE.sub("\ufffd", name)[:100]


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def _is_a(kind: str, value: Any) -> bool:
    return _TYPES[kind](value)


def _type_name(kind: str) -> str:
    names = {
        "string": N_("a text"),
        "integer": N_("a whole number"),
        "boolean": N_("true or false"),
        "object": N_("an object"),
        "array": N_("a list"),
        "null": N_("null"),
    }
    return _(names[kind])


def _text(schema: Schema, value: str, where: str) -> Faults:
    name = where or "body"
    if "\0" in value or SURROGATE.search(value):
        return {name: _("This text has characters that cannot be kept (NUL, or half of a pair).")}
    if len(value) > schema.get("maxLength", len(value)):
        return {name: _("This may have at most %(most)s characters.") % {"most": schema["maxLength"]}}
    if len(value) < schema.get("minLength", 0):
        return {name: _("This needs at least %(least)s characters.") % {"least": schema["minLength"]}}
    if schema.get("contentEncoding") == "base64":
        # Not by its pattern: on tens of megabytes that would cost far more memory than decoding does.
        return {} if is_base64(value) else {name: _("This is not base64.")}
    if schema.get("format") == "date-time" and moment(value) is None:
        return {name: _("This is not a date and time such as 2026-01-31T09:00:00Z.")}
    if "pattern" in schema and not compiled(schema["pattern"]).search(value):
        return {name: _("This does not have the form that is needed.")}
    return {}


def is_base64(value: str) -> bool:
    """Whether it is base64 with padding (RFC 4648, section 4)."""
    try:
        binascii.a2b_base64(value.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    return True


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


def moment(text: str) -> datetime | None:
    """A date and time with its zone (RFC 3339), in UTC; None for others. A leap second is taken as :59."""
    found = _MOMENT.match(text)
    if not found:
        return None
    day, minute, second, fraction, zone = found.groups()
    second = "59" if second == "60" else second
    micro = (fraction or ".0")[1:7].ljust(6, "0")
    try:
        local = datetime.fromisoformat(f"{day}T{minute}:{second}.{micro}{zone.upper()}")
    except ValueError:
        return None
    try:
        return local.astimezone(UTC)
    except OverflowError:  # within a day of the first or last moment there is
        return local.replace(tzinfo=UTC)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of ours. `$` is the very end, as in JSON Schema's dialect, not before a last line break."""
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern)


def _number(schema: Schema, value: int, where: str) -> Faults:
    if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return {where or "body": _("This number is out of range.")}
    return {}


# ── parameters ────────────────────────────────────────────────────────────────────────────────────────

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\Z", re.ASCII)


def from_text(schema: Schema, text: str) -> Any:
    """A path or query parameter as the value its schema speaks of; text that is no number stays text."""
    return int(text) if schema.get("type") == "integer" and _WHOLE.match(text) else text
