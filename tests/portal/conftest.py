"""The portal's tests fill forms in faster than people do."""

import pytest


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.portal.ask.QUICKEST", 0)
