"""Every setting of Madoguchi, read once from the environment into one frozen object.

Each field is `MADOGUCHI_<NAME>`; its help text is what `madoguchi settings` and the README print.
A bad value stops the start with one sentence.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

PREFIX = "MADOGUCHI_"


class BadSetting(Exception):
    """A setting has a value that cannot be used. The text is one sentence for the administrator."""


def setting(default: Any, help: str, check: Callable[[Any], str | None] | None = None) -> Any:
    return field(default=default, metadata={"help": help, "check": check})


def _port(value: int) -> str | None:
    return None if 0 <= value <= 65535 else "must be a port between 0 and 65535"


def _positive(value: int) -> str | None:
    return None if value > 0 else "must be greater than 0"


def _zone(value: str) -> str | None:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return "must be a time zone such as Asia/Tokyo"
    return None


def _locale(value: str) -> str | None:
    return None if value in ("en", "ja") else "must be en or ja"


def _not_negative(value: int) -> str | None:
    return None if value >= 0 else "must be 0 or greater"


def _seconds(value: int) -> str | None:
    return None if 0 <= value <= 120 else "must be between 0 and 120"


def _base_url(value: str) -> str | None:
    parts = urlsplit(value)
    if parts.scheme in ("http", "https") and parts.netloc and not parts.path.strip("/"):
        return None
    return "must be an address such as https://help.example.com, without a path"


def _database(value: str) -> str | None:
    if not value or re.match(r"^postgresql(\+psycopg)?://", value) or re.match(r"^sqlite:///[^?]", value):
        return None
    return "must start with postgresql://, or name a file as sqlite:////srv/desk.sqlite3 does"


def _domain(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9.-]+", value) else "must be a domain such as example.com"


def _storage(value: str) -> str | None:
    parts = urlsplit(value)
    if value and (parts.scheme != "s3" or not parts.netloc):
        return "must be empty or look like s3://bucket?endpoint=https://…&region=…"
    options = parse_qs(parts.query, keep_blank_values=True)
    if unknown := sorted(options.keys() - {"endpoint", "region"}):
        return f"must have no other option than endpoint and region, not {unknown[0]}"
    if "endpoint" in options and _base_url(options["endpoint"][-1]):
        return "must have an endpoint such as https://s3.example.com"
    return None


def _smtp(value: str) -> str | None:
    wanted = "must be empty or look like smtp://user:password@host:587 (smtps:// for TLS from the start)"
    try:
        parts = urlsplit(value)
        well_formed = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return wanted
    if not value or (parts.scheme in ("smtp", "smtps") and well_formed and not (parts.path.strip("/") or parts.query)):
        return None
    return wanted


def _proxies(value: str) -> str | None:
    try:
        for one in value.split(","):
            if one.strip() not in ("", "*"):
                ip_network(one.strip())
    except ValueError:
        return "must be addresses or networks such as 127.0.0.1, 10.0.0.0/8"
    return None


def _log_level(value: str) -> str | None:
    known = ("DEBUG", "INFO", "WARNING", "ERROR")
    return None if value.upper() in known else "must be DEBUG, INFO, WARNING or ERROR"


def _log(value: str) -> str | None:
    return None if value in ("text", "json") else "must be text or json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    data: Path = setting(Path("data"), "Folder for the database, files, keys and indexes.")
    database_url: str = setting(
        "",
        "Database; empty means SQLite in the data folder. postgresql://user@host/name for PostgreSQL.",
        _database,
    )
    database_pool: int = setting(8, "Connections kept to the database by one process.", _positive)
    redis_url: str = setting("", "Redis, needed when more than one process runs: redis://host:6379/0.")
    storage_url: str = setting(
        "",
        "Where files are kept; empty means the data folder. s3://bucket?endpoint=https://…&region=…",
        _storage,
    )
    host: str = setting("127.0.0.1", "Address that the web server listens on.")
    port: int = setting(8000, "Port of the web server.", _port)
    base_url: str = setting(
        "http://127.0.0.1:8000",
        "The address that people reach the desk under; links in mails use it.",
        _base_url,
    )
    trusted_proxies: str = setting(
        "127.0.0.1", "Addresses of reverse proxies whose X-Forwarded headers count.", _proxies
    )
    smtp_in_host: str = setting("127.0.0.1", "Address that the SMTP and LMTP listeners bind to.")
    smtp_in_port: int = setting(2525, "Port of the SMTP listener; 0 switches it off.", _port)
    lmtp_in_port: int = setting(2424, "Port of the LMTP listener; 0 switches it off.", _port)
    smtp_in_certificate: str = setting(
        "", "Certificate (PEM file, with its chain) of the SMTP and LMTP listeners, which then offer STARTTLS."
    )
    smtp_in_key: str = setting("", "Private key (PEM file) of that certificate; empty when it stands in the same file.")
    mail_domain: str = setting("localhost", "Domain in the Message-IDs of outgoing mail.", _domain)
    smtp_url: str = setting(
        "",
        "Server that outgoing mail goes to: smtp://user:password@host:587, with %-codes for special characters in "
        "user and password; STARTTLS is used when offered. Empty: mail is kept on /dev/outbox.",
        _smtp,
    )
    mail_max_bytes: int = setting(
        36_700_160, "Largest mail taken in, in bytes (35 MiB); larger ones get 552.", _positive
    )
    mail_max_attachments: int = setting(100, "Attachments kept of one mail.", _positive)
    mail_parse_seconds: int = setting(2, "Processor seconds to read one mail; more is quarantined.", _positive)
    trusted_authserv_id: str = setting(
        "", "Name in the Authentication-Results header that your own mail server writes; others are ignored."
    )
    upload_max_bytes: int = setting(26_214_400, "Largest attachment, in bytes (25 MiB).", _positive)
    survey_delay_minutes: int = setting(
        60, "Minutes between solving and the mail that asks for a rating.", _not_negative
    )
    survey_expires_days: int = setting(14, "Days that a rating can be given or changed.", _positive)
    undo_send_seconds: int = setting(
        10, "Seconds that a reply is held on the server, in which sending can be undone; 0 sends at once.", _seconds
    )
    acknowledge: bool = setting(True, "Answer new tickets with an acknowledgement.")
    offline_shell: bool = setting(True, "Keep a page in agents’ browsers that says so when the desk cannot be reached.")
    desk_name: str = setting("Madoguchi", "Name of the desk, shown to agents and customers.")
    locale: str = setting("en", "Language when a person's own is unknown: en or ja.", _locale)
    time_zone: str = setting("Asia/Tokyo", "Time zone of the desk.", _zone)
    session_days: int = setting(14, "Days after which an agent signs in again.", _positive)
    workers: int = setting(2, "Threads in one process that send messages out.", _positive)
    log: str = setting("text", "Form of the log: text or json.", _log)
    log_level: str = setting("INFO", "Least level that is logged: DEBUG, INFO, WARNING or ERROR.", _log_level)
    line_api_url: str = setting("https://api.line.me", "Base address of the LINE Messaging API.", _base_url)
    line_data_url: str = setting("https://api-data.line.me", "Base address of LINE's media API.", _base_url)
    demo: bool = setting(False, "Seed the demo desk at start, and show the demo shop.")

    @property
    def database(self) -> str:
        """SQLAlchemy's address of the database, with the driver named."""
        if not self.database_url:
            return f"sqlite:///{(self.data / 'madoguchi.sqlite3').absolute()}"
        return re.sub(r"^postgresql://", "postgresql+psycopg://", self.database_url)

    @property
    def secure(self) -> bool:
        """Whether people reach the desk under TLS; cookies and HSTS follow it."""
        return self.base_url.startswith("https://")


def _convert(kind: Any, text: str) -> Any:
    if kind in (bool, "bool"):
        lowered = text.strip().lower()
        if lowered in ("1", "true", "yes", "on"):
            return True
        if lowered in ("0", "false", "no", "off", ""):
            return False
        raise ValueError("must be true or false")
    if kind in (int, "int"):
        try:
            return int(text.strip().replace("_", ""))
        except ValueError:
            raise ValueError("must be a whole number") from None
    if kind in (Path, "Path"):
        return Path(text)
    return text.strip()


def _without_password(value: Any) -> Any:
    """What may stand in an error message of an address."""
    return re.sub(r"(:/*[^:@/]*):[^@]*@", r"\1:…@", value) if isinstance(value, str) else value


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read settings from `environ` (default: the process's), then apply `overrides` that are not None.

    Raises BadSetting with one sentence that names the variable and what it wants.
    """
    environ = os.environ if environ is None else environ
    known = {f.name: f for f in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    for key, text in environ.items():
        name = key.removeprefix(PREFIX).lower()
        if not key.startswith(PREFIX):
            continue
        if name not in known:
            raise BadSetting(f"{key} is not a setting; `madoguchi settings` lists them all.")
        try:
            values[name] = _convert(known[name].type, text)
        except ValueError as error:
            raise BadSetting(f"{key}={text!r}: it {error}.") from None
    values.update({k: v for k, v in overrides.items() if v is not None})
    for name, value in values.items():
        check = known[name].metadata["check"]
        if check and (fault := check(value)):
            raise BadSetting(f"{PREFIX}{name.upper()}={_without_password(value)!r}: it {fault}.")
    return Settings(**values)


def describe() -> list[tuple[str, str, str]]:
    """(variable, default, help) of every setting, in the order in which they are declared."""
    return [(PREFIX + f.name.upper(), str(f.default), f.metadata["help"]) for f in dataclasses.fields(Settings)]
