"""A whole desk for each test: SQLite always, PostgreSQL too for tests marked `both` (required when CI=true)."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import aiohttp  # noqa: F401  # first of all: the stories' socket client needs it, and the desk hides it from the library
import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser

from app import main, settings
from app.settings import Settings
from tests.browsing import chromium
from tests.story import Desk

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
CI = os.environ.get("CI") == "true"
# How long one example takes, and how long it takes to make one, says only how busy the machine is.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both: run on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "browser: drives Chromium")
    config.addinivalue_line("markers", "desk(**settings): change settings of the test's desk")
    for name in [name for name in os.environ if name.startswith("MADOGUCHI_")]:
        del os.environ[name]  # a developer's own settings have no say in tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:  # one browser start: all browser tests in one worker
        if "browser" in getattr(item, "fixturenames", ()) or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind_of_database" in metafunc.fixturenames:
        kinds = ["sqlite", "postgresql"] if metafunc.definition.get_closest_marker("both") else ["sqlite"]
        metafunc.parametrize("kind_of_database", kinds, scope="function")


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "gw0")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite desk, copied for each test."""
    return _made(tmp_path_factory.mktemp("template"), peopled=False)


@pytest.fixture(scope="session")
def peopled_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the cast of the demo and its inboxes."""
    return _made(tmp_path_factory.mktemp("peopled"), peopled=True)


def _made(folder: Path, *, peopled: bool) -> Path:
    house = main.build(settings.load({}, data=folder))
    if peopled:
        Desk(house).people()
    with house.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    house.database.close()
    return folder


@pytest.fixture(scope="session")
def postgres_url(worker_name: str) -> Iterator[str]:
    """A migrated, empty database of this worker's own."""
    name = f"madoguchi_test_{worker_name}_{os.getpid()}"  # two runs on one machine stay apart
    try:
        admin = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True, connect_timeout=30)
    except psycopg.OperationalError:
        if CI:
            raise
        pytest.skip("PostgreSQL is not reachable")
    with admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    yield f"{POSTGRES}/{name}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def peopled_postgres(postgres_url: str, peopled_template: Path) -> str:
    """The same database; the cast of the demo waits in a schema of its own, to be copied for each test."""
    _do(postgres_url, EMPTY)
    made = settings.load({}, data=peopled_template, database_url=postgres_url)
    house = main.build(made)
    Desk(house).people()
    house.close()
    _do(postgres_url, KEEP)
    return postgres_url


TABLES = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
# Rows are few, and to delete them takes a tenth of a TRUNCATE, which makes each table and index a new file.
EMPTY = f"""
DO $$ DECLARE known record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR known IN {TABLES} LOOP
        EXECUTE format('DELETE FROM %I', known.name);
    END LOOP;
    FOR known IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(format('%I', known.sequencename)::regclass, 1, false);
    END LOOP;
    DROP SCHEMA IF EXISTS search CASCADE;
END $$
"""
KEEP = f"""
DO $$ DECLARE known record; filled boolean; BEGIN
    CREATE SCHEMA kept;
    CREATE TABLE kept._places AS
        SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    FOR known IN {TABLES} LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', known.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', known.name, known.name);
        END IF;
    END LOOP;
END $$
"""
BACK = """
DO $$ DECLARE known record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR known IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'kept' AND tablename <> '_places' LOOP
        EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', known.name, known.name);
    END LOOP;
    PERFORM setval(format('public.%I', sequencename)::regclass, last_value) FROM kept._places;
END $$
"""


def _do(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def desk_settings(kind_of_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of the test's own desk; `@pytest.mark.desk(name=value)` changes some."""
    data = tmp_path / "data"
    peopled = "desk" in request.fixturenames
    shutil.copytree(request.getfixturevalue("peopled_template" if peopled else "sqlite_template"), data)
    made = settings.load(
        {}, data=data, smtp_in_port=0, lmtp_in_port=0, mail_domain="desk.example", base_url="http://testserver"
    )
    made = dataclasses.replace(made, undo_send_seconds=0)  # replies leave at once, but where a story is about that
    marker = request.node.get_closest_marker("desk")
    if marker:
        made = dataclasses.replace(made, **marker.kwargs)
    if kind_of_database == "postgresql":
        url = request.getfixturevalue("peopled_postgres" if peopled else "postgres_url")
        _do(url, EMPTY, *[BACK] * peopled)
        made = dataclasses.replace(made, database_url=url)
    return made


@pytest.fixture
def house(desk_settings: Settings) -> Iterator[main.House]:
    """The desk put together, nothing running beside the test."""
    made = main.build(desk_settings)
    yield made
    made.close()


@pytest.fixture
def desk(house: main.House) -> Iterator[Desk]:
    """A desk with the cast of the demo and its inboxes, to tell a story with."""
    told = Desk(house)
    told.open()
    yield told
    told.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all stories."""
    with chromium() as started:
        yield started


@pytest.fixture
def redis_url(worker_name: str) -> str:
    """Redis, when it is reachable."""
    import redis

    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=30).ping()
    except redis.RedisError:
        if CI:
            raise
        pytest.skip("Redis is not reachable")
    return f"{REDIS}/{(int(worker_name.removeprefix('gw') or 0) % 8) + 1}"
