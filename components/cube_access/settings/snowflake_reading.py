"""The keys that say what the service account may read in Snowflake, and by which kind of grants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from cube_access.facts.identifiers import parse, plain
from cube_access.facts.securables import INFORMATION_SCHEMA, OWN_DATABASE
from cube_access.settings.common import ProvisionedSettings, Strings
from cube_access.settings.names import exact

OBJECT_KINDS = {
    "tables": "TABLES",
    "views": "VIEWS",
    "materialized-views": "MATERIALIZED VIEWS",
    "external-tables": "EXTERNAL TABLES",
    "dynamic-tables": "DYNAMIC TABLES",
    "iceberg-tables": "ICEBERG TABLES",
}


class SnowflakeReading(ProvisionedSettings):
    """What is read. Names are checked for their form; whether they exist, a preview finds out."""

    imported_databases: Strings = Field(
        default=(),
        description=(
            "Databases that another account shares, each read as a whole: Snowflake grants all of "
            "such a database or nothing (IMPORTED PRIVILEGES). Default: none."
        ),
    )
    databases: Strings = Field(
        default=(),
        description=(
            "Whole databases that the service account may read: all present and future schemas and "
            "what is in them. Default: none."
        ),
    )
    object_kinds: Strings = Field(
        default=("tables", "views"),
        description=(
            f"What is read in schemas and databases: of {', '.join(OBJECT_KINDS)}. "
            "Default: [tables, views]."
        ),
    )
    inherited_grants: bool = Field(
        default=False,
        description=(
            "Read schemas and databases by inherited grants, one on the container for each kind, "
            "instead of one on all and one on future objects: true or false. The account must have "
            "opted in (FEATURE_RBAC_INHERITED_GRANTS). Default: false."
        ),
    )
    shadow_future_grants: bool = Field(
        default=False,
        description=(
            "Grant on the future objects of a schema although its database has future grants of "
            "the same kind, which Snowflake then ignores in that schema, for everybody: true or "
            "false. Default: false."
        ),
    )
    extra_privileges: Literal["revoke", "report"] = Field(
        default="revoke",
        description=(
            "What becomes of a privilege that others gave to a role of ours: revoke (a "
            "preview with --refresh shows it, the up after it revokes it) or report (it stays, "
            "with a warning). Default: revoke."
        ),
    )
    grant_to: Literal["account-role", "database-role"] = Field(
        default="account-role",
        description=(
            "What holds the grants for reading: the service account's own account-role, or a "
            "database-role that this role is given, in the one database that everything readable "
            "is in. Default: account-role."
        ),
    )
    cube_database: str = Field(
        default="",
        description=(
            "Database that Cube looks in when a table is named without one. Default: that of the "
            "first schema, database, table or imported database."
        ),
    )

    @field_validator("imported_databases", "databases")
    @classmethod
    def _are_databases(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name for (name,) in exact(texts, 1, quotes=True))
        _not_snowflakes_own(names)
        return names

    @field_validator("cube_database")
    @classmethod
    def _is_a_database(cls, text: str) -> str:
        return exact([text], 1, quotes=True)[0][0] if text else text

    @field_validator("schemas", "tables")
    @classmethod
    def _are_securables(cls, texts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        parts = 2 if info.field_name == "schemas" else 3
        names = exact(texts, parts, quotes=True)
        _not_snowflakes_own([name[0] for name in names])
        if any(name[1] == INFORMATION_SCHEMA for name in names):
            raise ValueError(
                f"{INFORMATION_SCHEMA} shows each role what it may see, without a grant"
            )
        return tuple(plain(*name) for name in names)

    @field_validator("object_kinds")
    @classmethod
    def _kinds_exist(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(kinds) - OBJECT_KINDS.keys()):
            raise ValueError(f"{', '.join(unknown)} is not such a kind")
        if not kinds or len(set(kinds)) != len(kinds):
            raise ValueError("is empty or names a kind twice")
        return kinds

    @field_validator("databases")
    @classmethod
    def _something_is_readable_and_nothing_twice(
        cls, databases: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if not {"schemas", "tables"} <= info.data.keys():
            return databases  # what is wrong with those is said already
        names = (*info.data["schemas"], *info.data["tables"])
        imported = info.data.get("imported_databases", ())
        scopes = [(database,) for database in databases] + [parse(name) for name in names]
        if not scopes and not imported:
            raise ValueError(
                "and schemas and tables are all empty: the service account could read nothing"
            )
        if inside := [scope for scope in scopes if scope[0] in imported]:
            raise ValueError(
                f"{', '.join(plain(*scope) for scope in inside)} is already readable with "
                "importedDatabases: list it in one place (in databases, schemas or tables only "
                "what is the account's own)"
            )
        every = set(scopes)
        for scope in scopes:
            above = (scope[:depth] for depth in range(1, len(scope)))
            outer = next((each for each in above if each in every), None)
            if outer:
                # Revoking one of two overlapping grants takes what the other one gave.
                raise ValueError(
                    f"{plain(*scope)} is already readable with {plain(*outer)}: list one of them "
                    "(in databases, schemas or tables)"
                )
        return databases

    @field_validator("grant_to")
    @classmethod
    def _a_database_role_reads_one_database(cls, chosen: str, info: ValidationInfo) -> str:
        if chosen == "account-role" or not {"databases", "schemas", "tables"} <= info.data.keys():
            return chosen
        names = [parse(name) for name in (*info.data["schemas"], *info.data["tables"])]
        found = sorted({*info.data["databases"], *(name[0] for name in names)})
        if not found:
            raise ValueError(
                "cannot be: only importedDatabases are readable, and no role of ours can be in one"
            )
        if len(found) > 1:
            raise ValueError(
                f"cannot be: {', '.join(map(plain, found))} are several databases, and a database "
                "role reads in its own only"
            )
        if any(mark in found[0] for mark in '.|"'):
            raise ValueError(
                f"cannot be: {plain(found[0])} has a dot, a bar or a double quote, which the "
                "provider plugin cannot handle in a database role's name"
            )
        return chosen

    @property
    def scopes(self) -> tuple[tuple[str, ...], ...]:
        """What is readable: databases, schemas and tables, each as the parts of its name. Without
        imported databases.
        """
        databases = tuple((database,) for database in self.databases)
        return databases + tuple(parse(name) for name in (*self.schemas, *self.tables))

    @property
    def database(self) -> str:
        return self.cube_database or self._first_database()

    def _first_database(self) -> str:
        databases, imported = map(plain, self.databases), map(plain, self.imported_databases)
        names = (*self.schemas, *databases, *self.tables, *imported)
        return parse(names[0])[0]


def _not_snowflakes_own(databases: Iterable[str]) -> None:
    if OWN_DATABASE in databases:
        raise ValueError(
            f"{OWN_DATABASE} holds the account's own logs and history: not for a service account"
        )
