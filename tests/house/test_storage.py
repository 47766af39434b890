"""Files: kept once under their digest, in a folder or a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import settings, storage
from app.errors import NotFound, Unavailable


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of a local S3 server."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="desk")
    yield f"s3://desk/files?endpoint={endpoint}&region=us-east-1"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> storage.Blobs:
    url = request.getfixturevalue("bucket") if request.param == "bucket" else ""
    return storage.open_blobs(settings.load({}, data=tmp_path, storage_url=url))


def test_what_is_put_is_got(blobs: storage.Blobs) -> None:
    digest = blobs.put("請求書".encode())
    assert digest == storage.digest_of("請求書".encode())
    assert blobs.put("請求書".encode()) == digest
    assert blobs.get(digest) == "請求書".encode()
    blobs.ping()


@pytest.mark.parametrize(
    "url", ["s3://desk", "s3://desk/files?region=ap-northeast-1", "s3://desk?endpoint=https://s3.example"]
)
def test_a_bucket_may_be_named_with_little(url: str, tmp_path: Path) -> None:
    assert isinstance(storage.open_blobs(settings.load({}, data=tmp_path, storage_url=url)), storage.BucketBlobs)


def test_an_empty_file_is_a_file(blobs: storage.Blobs) -> None:
    assert blobs.get(blobs.put(b"")) == b""


@pytest.mark.parametrize("name", ["../secret.key", "0" * 64, "", "A" * 64, "../" + "a" * 61])
def test_what_is_not_there_or_no_digest_is_not_found(blobs: storage.Blobs, name: str) -> None:
    with pytest.raises(NotFound):
        blobs.get(name)


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    blobs = storage.open_blobs(settings.load({}, data=tmp_path))
    with pytest.raises(Unavailable):
        blobs.put(b"x")
    with pytest.raises(Unavailable):
        blobs.ping()


# ── whether it can be written to ──────────────────────────────────────────────────────────────────────


def test_asking_whether_files_can_be_stored_writes_once_in_a_while(
    blobs: storage.Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = count_writes(monkeypatch)
    for _ in range(20):
        blobs.ping()
    assert len(written) == 1


def count_writes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every try of a write, by whichever store."""
    import obstore

    written: list[object] = []
    temporary, put = storage.tempfile.TemporaryFile, obstore.put

    def file(*given: object, **named: object) -> object:
        written.append(given)
        return temporary(*given, **named)  # type: ignore[call-overload]

    def sent(*given: object) -> object:
        written.append(given)
        return put(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(storage.tempfile, "TemporaryFile", file)
    monkeypatch.setattr(obstore, "put", sent)
    return written


def test_a_folder_that_goes_away_is_noticed_at_once_and_its_return_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.Pulse, "BAD", 0.0)
    blobs = storage.open_blobs(settings.load({}, data=tmp_path))
    blobs.ping()
    (tmp_path / "files").rename(tmp_path / "elsewhere")
    for _ in range(2):
        with pytest.raises(Unavailable):
            blobs.ping()
    (tmp_path / "elsewhere").rename(tmp_path / "files")
    blobs.ping()


def test_a_full_disk_is_noticed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = storage.open_blobs(settings.load({}, data=tmp_path))
    blobs.ping()
    monkeypatch.setattr(storage.FolderBlobs, "ROOM", 1 << 62)
    with pytest.raises(Unavailable):
        blobs.ping()


def test_a_file_that_could_not_be_stored_makes_the_next_question_a_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = storage.open_blobs(settings.load({}, data=tmp_path))
    blobs.ping()

    def broken(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.tempfile, "NamedTemporaryFile", broken)
    monkeypatch.setattr(storage.tempfile, "TemporaryFile", broken)
    blobs.ping()  # believed: the last write worked
    with pytest.raises(Unavailable):
        blobs.put(b"x")
    with pytest.raises(Unavailable):
        blobs.ping()


def test_a_bucket_that_is_not_there_is_asked_again_only_after_a_moment(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = storage.open_blobs(settings.load({}, data=tmp_path, storage_url=bucket.replace("//desk", "//none")))
    written = count_writes(monkeypatch)
    for _ in range(5):
        with pytest.raises(Unavailable):
            blobs.ping()
    assert len(written) == 1
