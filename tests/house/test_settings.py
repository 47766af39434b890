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
        ("COLOUR", "red", "not a setting"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_it(name: str, value: str, says: str) -> None:
    with pytest.raises(settings.BadSetting) as caught:
        settings.load({f"MADOGUCHI_{name}": value})
    assert f"MADOGUCHI_{name}" in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    missing = [name for name, _, _ in settings.describe() if f"`{name}`" not in readme]
    assert missing == []
