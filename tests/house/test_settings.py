"""Settings: from the environment, checked, and every one documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import settings


def test_defaults_need_nothing() -> None:
    made = settings.load({})
    assert made.database.startswith("sqlite:///")
    assert made.port == 8000


def test_values_come_from_the_environment() -> None:
    made = settings.load({"MADOGUCHI_PORT": "9000", "MADOGUCHI_DATA": "/srv/desk", "MADOGUCHI_ACKNOWLEDGE": "no"})
    assert (made.port, made.data, made.acknowledge) == (9000, Path("/srv/desk"), False)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "whole number"),
        ("PORT", "70000", "between 0 and 65535"),
        ("TIME_ZONE", "Mars/Olympus", "time zone"),
        ("LOCALE", "fr", "en or ja"),
        ("BASE_URL", "help.example.com", "https://"),
        ("DATABASE_URL", "mysql://x", "postgresql://"),
        ("ACKNOWLEDGE", "perhaps", "true or false"),
        ("MAIL_MAX_BYTES", "0", "greater than 0"),
        ("LOG", "xml", "text or json"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING or ERROR"),
        ("TRUSTED_PROXIES", "10.0.0.1, proxy one", "10.0.0.0/8"),
        ("SURVEY_DELAY_MINUTES", "-1", "0 or greater"),
        ("DATABASE_URL", "sqlite://", "a file"),
        ("STORAGE_URL", "ftp://bucket", "s3://bucket"),
        ("STORAGE_URL", "s3://", "s3://bucket"),
        ("STORAGE_URL", "s3://bucket?zone=tokyo", "not zone"),
        ("STORAGE_URL", "s3://bucket?endpoint=s3.example.com", "https://s3.example.com"),
        ("COLOUR", "red", "not a setting"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_it(name: str, value: str, says: str) -> None:
    with pytest.raises(settings.BadSetting) as caught:
        settings.load({f"MADOGUCHI_{name}": value})
    assert f"MADOGUCHI_{name}" in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "debug"),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8, ::1"),
        ("TRUSTED_PROXIES", "*"),
        ("DATABASE_URL", "sqlite:////srv/desk.sqlite3"),
        ("STORAGE_URL", "s3://bucket"),
        ("STORAGE_URL", "s3://bucket/desk?endpoint=http://127.0.0.1:9000&region=eu"),
    ],
)
def test_what_a_setting_may_say(name: str, value: str) -> None:
    assert getattr(settings.load({f"MADOGUCHI_{name}": value}), name.lower()) == value


def test_every_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    missing = [name for name, _, _ in settings.describe() if f"`{name}`" not in readme]
    assert missing == []
