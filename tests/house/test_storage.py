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
