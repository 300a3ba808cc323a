"""The drivers of sources that we do not provision: what cube.py tells them is what they sign in
with, as the real driver sends it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cube_access.cube.cube_py import Credential, render
from tests.cube import databases
from tests.cube.databases import Database, free_port
from tests.cube.mysql import mysql
from tests.cube.real import RealCube

pytestmark = pytest.mark.integration

SERVICE_PASSWORD = "-".join(("service", "password"))
DENIED = "no-access-authorize-in-cube"
AUTHORIZE = "you have no usable token for warehouse: authorize in Cube"


@pytest.fixture(scope="module")
def cube() -> Iterator[RealCube]:
    with RealCube(os.environ) as running:
        yield running


def of(person: str, token: str = "") -> dict[str, Any]:
    credential = {"accessToken": token, "status": "active"}
    cloud = {"username": person, "userCredentials": {"warehouse": credential}}
    return {"securityContext": {"cubeCloud": cloud}}


def start(
    cube: RealCube,
    driver: str,
    port: int,
    others: Mapping[str, str] | None = None,
    credential: Credential = "secret",
    **more: str,
) -> None:
    env = {
        "CUBEJS_DB_TYPE": driver,
        "CUBEJS_DB_HOST": "localhost",
        "CUBEJS_DB_PORT": str(port),
        "CUBEJS_DB_NAME": "sales",
        "CUBEJS_DB_PRESTO_CATALOG": "warehouse",
        "CUBEJS_DB_USER": "cube",
        "CUBE_SERVICE_PASSWORD": SERVICE_PASSWORD,
        **more,
    }
    text = render(driver, source="warehouse", fallback="deny", others=others, credential=credential)
    cube.start(text, env)


def who(cube: RealCube, context: dict[str, Any], source: str = "default") -> str:
    # Cube's result cache does not tell two data sources apart: the text has to.
    sql = f"SELECT current_user AS who /* {source} */"
    got = cube.ask("query", context=context, sql=sql, dataSource=source)
    return str(got["rows"][0]["who"]) if "rows" in got else str(got["error"])


def check(cube: RealCube, database: Database, refused: str) -> None:
    assert who(cube, {}) == "cube"
    assert who(cube, of("alice@example.com", "alice-token")) == "alice@example.com"
    assert who(cube, of("bob@example.com", "bob-token")) == "bob@example.com"
    # Another's token, and the service account's.
    for token in ("alice-token", SERVICE_PASSWORD):
        assert refused in who(cube, of("bob@example.com", token))
    assert AUTHORIZE in who(cube, of("bob@example.com"))
    users = {each["user"] for each in database.seen}
    assert users == {"cube", "alice@example.com", "bob@example.com"}


def test_postgres_takes_the_token_for_a_password(cube: RealCube, tmp_path: Path) -> None:
    with databases.postgres(tmp_path) as database:
        database.logins |= {
            SERVICE_PASSWORD: "cube",
            "alice-token": "alice@example.com",
            "bob-token": "bob@example.com",
        }
        start(cube, "postgres", database.port, CUBEJS_DB_SSL_CA=database.certificate)
        check(cube, database, "password authentication failed")


def test_the_sql_apis_own_user_is_nobody_and_never_the_service_account(
    cube: RealCube, tmp_path: Path
) -> None:
    with databases.postgres(tmp_path) as database:
        database.logins |= {SERVICE_PASSWORD: "cube"}
        start(
            cube,
            "postgres",
            database.port,
            CUBEJS_DB_SSL_CA=database.certificate,
            CUBEJS_SQL_USER="bi-tool",
            CUBEJS_SQL_PASSWORD="-".join(("sql", "password")),
        )
        context = cube.ask("sqlContext", user="bi-tool")
        assert context["securityContext"] == {}  # as a probe's
        assert "the request names nobody" in who(cube, context)
        assert database.seen == []
        assert who(cube, {}) == "cube"


@pytest.mark.parametrize("driver", ["trino", "prestodb"])
def test_trino_takes_the_token_in_every_request(
    cube: RealCube, tmp_path: Path, driver: str
) -> None:
    with databases.trino(tmp_path) as database:
        database.logins |= {
            "Bearer alice-token": "alice@example.com",
            "Bearer bob-token": "bob@example.com",
            "Bearer service-token": "cube",
        }
        start(
            cube,
            driver,
            database.port,
            credential="token",
            CUBEJS_DB_SSL_CA=database.certificate,
            CUBE_SERVICE_PASSWORD="",
            CUBE_SERVICE_TOKEN="service-token",
        )
        check(cube, database, "no entry")


LOGINS = {"alice-token": "alice@example.com", "bob-token": "bob@example.com"}


def test_mysql_takes_the_token_for_a_password_in_clear_text(cube: RealCube, tmp_path: Path) -> None:
    with mysql(tmp_path, "cube") as database:
        database.logins |= {SERVICE_PASSWORD: "cube", **LOGINS}
        start(cube, "mysql", database.port, CUBEJS_DB_SSL_CA=database.certificate)
        check(cube, database, "Access denied")


def test_mysql_gets_no_token_where_its_certificate_is_anothers(
    cube: RealCube, tmp_path: Path
) -> None:
    alice = of("alice@example.com", "alice-token")
    with mysql(tmp_path, "cube", "db.example.com") as database:
        database.logins |= LOGINS
        start(cube, "mysql", database.port)
        assert "self-signed certificate" in who(cube, alice)
        start(cube, "mysql", database.port, CUBEJS_DB_SSL_CA=database.certificate)
        assert "does not match certificate" in who(cube, alice)
        assert database.seen == []


@pytest.mark.parametrize("with_token", [False, True])
def test_pinot_takes_the_token_in_every_request(tmp_path: Path, with_token: bool) -> None:
    with databases.pinot(tmp_path) as database:
        ca = tmp_path / "localhost.pem"
        basic = base64.b64encode(f"cube:{SERVICE_PASSWORD}".encode()).decode()
        service = "Bearer service-token" if with_token else f"Basic {basic}"
        database.logins |= {f"Bearer {token}": user for token, user in LOGINS.items()}
        database.logins[service] = "cube"
        credential: Credential = "token" if with_token else "secret"
        with RealCube({**os.environ, "NODE_EXTRA_CA_CERTS": str(ca)}) as cube:
            start(
                cube,
                "pinot",
                database.port,
                credential=credential,
                CUBE_SERVICE_TOKEN="service-token",
                CUBEJS_DB_PINOT_AUTH_TOKEN="x",
            )
            assert who(cube, {}) == "cube"
            for token, user in LOGINS.items():
                assert who(cube, of(user, token)) == user
            assert AUTHORIZE in who(cube, of("bob@example.com"))
            refused = who(cube, of("bob@example.com", SERVICE_PASSWORD))
            assert "Unauthorized" in refused or "401" in refused
        seen = len(database.seen)
        with RealCube(os.environ) as cube:  # which does not know the certificate
            start(cube, "pinot", database.port)
            assert "self-signed certificate" in who(cube, of("alice@example.com", "alice-token"))
        assert len(database.seen) == seen


@pytest.mark.parametrize("make", ["postgres", "trino"])
def test_a_database_that_shows_no_certificate_of_ours_gets_no_token(
    cube: RealCube, tmp_path: Path, make: str
) -> None:
    with getattr(databases, make)(tmp_path) as database:
        start(cube, make, database.port)
        assert "self-signed certificate" in who(cube, of("alice@example.com", "alice-token"))
        assert database.seen == []


def test_sql_server_takes_the_token_as_entra_ids(cube: RealCube) -> None:
    start(cube, "mssql", free_port())
    tls = {"encrypt": True, "trustServerCertificate": False}
    for context, token in (
        (of("alice@example.com", "alice-token"), "alice-token"),
        (of("alice@example.com"), DENIED),
    ):
        got = cube.ask("client", context=context)
        sign_in = got.pop("authentication")
        assert sign_in["type"] == "azure-active-directory-access-token"
        assert sign_in["options"]["token"] == token
        assert SERVICE_PASSWORD not in sign_in["options"].values()
        assert got == tls
    service = cube.ask("client", context={})
    sign_in = service.pop("authentication")
    assert sign_in["type"] == "default"
    assert sign_in["options"] == {"userName": "cube", "password": SERVICE_PASSWORD}
    assert service == tls


def test_of_two_data_sources_one_is_each_persons_and_the_other_everybodys(
    cube: RealCube, tmp_path: Path
) -> None:
    with databases.postgres(tmp_path) as own, databases.postgres(tmp_path) as shared:
        own.logins |= {SERVICE_PASSWORD: "cube", "alice-token": "alice@example.com"}
        shared.logins["shared-password"] = "everybody"
        of_events = {
            "TYPE": "postgres",
            "HOST": "localhost",
            "PORT": str(shared.port),
            "USER": "everybody",
            "PASS": "shared-password",
            "SSL": "true",
            "SSL_CA": shared.certificate,
        }
        start(
            cube,
            "postgres",
            own.port,
            {"events": "postgres"},
            CUBEJS_DATASOURCES="default,events",
            CUBEJS_DB_SSL_CA=own.certificate,
            **{f"CUBEJS_DS_EVENTS_DB_{name}": value for name, value in of_events.items()},
        )
        alice, lapsed = of("alice@example.com", "alice-token"), of("alice@example.com")
        assert [who(cube, alice), who(cube, alice, "events")] == ["alice@example.com", "everybody"]
        # Cube asks for the id before it says of which data source.
        for source in ("default", "events"):
            assert AUTHORIZE in who(cube, lapsed, source)
        assert [who(cube, {}), who(cube, {}, "events")] == ["cube", "everybody"]
        assert "data source is missing" in who(cube, alice, "salaries")
