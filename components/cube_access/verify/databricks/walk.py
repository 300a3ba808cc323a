"""The walk over Unity Catalog: what is visible to a sign-in, and what is held there.

Owns which securables there are, page by page and without an end: a privilege on the last table of a
schema counts as much as one on the first. What was not seen is a problem that `Found` keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service.catalog import CredentialPurpose, Dependency

from cube_access.facts import unity
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.looks import TROUBLE, reason
from cube_access.verify.databricks.securables import (
    OF_THE_METASTORE,
    OWNED,
    Assigned,
    Found,
    Securable,
)

AT_ONCE = 8
"""Of the calls that ask for one securable's privileges: there is one for each table."""
PAGED = 0
"""The service's own size of a page: what is asked for without one may end anywhere."""
Each = TypeVar("Each")


def look(client: Client, names: Collection[str], *, only: str = "") -> Found:
    """What is visible to a sign-in, and what these principals hold there.

    Args:
        only: the one principal to ask for, where the others' privileges may not be seen.
    """
    found = Found()
    _of_the_metastore(client, found, only)
    _catalogs(client, found, only)
    for one in found.securables.values():
        if one.owner in names:
            found.assigned.add(Assigned(one.owner, "OWNER", one))
    ask = [one for one in found.securables.values() if one.kind not in OWNED]
    count = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for one, held, problem in pool.map(lambda one: _effective(client, one, only), ask):
            count += 1
            if count % 50 == 1:
                client.step(f"effective permissions, {count} of {len(ask)}: {one.words()}")
            if problem:
                found.problems.append(f"effective permissions on {one.words()}: {problem}")
                found.unasked.add(one.name.lower())
            for principal, privilege, kind, name in held:
                if principal in names:
                    at = found.get(kind, name) if kind else one
                    found.assigned.add(Assigned(principal, privilege, at))
    return found


def _catalogs(client: Client, found: Found, only: str) -> None:
    api = client.api
    catalogs = _listed(
        client,
        found,
        "catalogs",
        lambda: api.catalogs.list(include_browse=True, max_results=PAGED),
    )
    for catalog in catalogs:
        name = str(catalog.name)
        if name == unity.SAMPLES or name.startswith(unity.INTERNAL):
            continue
        found.add(Securable("catalog", name, catalog.owner or ""))
        _schemas(client, found, name, only)


def _schemas(client: Client, found: Found, catalog: str, only: str) -> None:
    api = client.api
    schemas = _listed(
        client,
        found,
        f"the schemas of {catalog}",
        lambda: api.schemas.list(catalog, include_browse=True, max_results=PAGED),
    )
    for schema in schemas:
        if schema.name == "information_schema":
            continue
        place = f"{catalog}.{schema.name}"
        found.add(Securable("schema", place, schema.owner or ""))
        _in_a_schema(client, found, catalog, str(schema.name), only)


def _in_a_schema(client: Client, found: Found, catalog: str, schema: str, only: str) -> None:
    api, place = client.api, f"{catalog}.{schema}"
    tables = _listed(
        client,
        found,
        f"the tables of {place}",
        lambda: api.tables.list(
            catalog, schema, include_browse=True, max_results=PAGED,
            omit_columns=True, omit_properties=True,
        ),
    )  # fmt: skip
    for table in tables:
        reads = table.view_dependencies
        found.add(
            Securable(
                "table",
                f"{place}.{table.name}",
                table.owner or "",
                is_view="VIEW" in str(table.table_type),
                reads=None
                if reads is None
                else tuple(_dependency(each) for each in reads.dependencies or []),
            )
        )
    # A registered model is a function to privileges.
    others: list[tuple[str, str, Callable[[], Iterable[Any]]]] = [
        ("volumes", "volume", lambda: api.volumes.list(catalog, schema, include_browse=True)),
        (
            "functions",
            "function",
            lambda: api.functions.list(catalog, schema, include_browse=True),
        ),
        (
            "models",
            "function",
            lambda: api.registered_models.list(
                catalog_name=catalog, schema_name=schema, include_browse=True
            ),
        ),
    ]
    for words, kind, listing in others:
        what = f"the {words} of {place}"
        # Who looks for itself, and may not use the schema, can use nothing in it.
        for each in _listed(client, found, what, listing, refusal_is_no_gap=bool(only)):
            found.add(Securable(kind, f"{place}.{each.name}", each.owner or ""))


def _dependency(one: Dependency) -> str:
    """Of a view, by its full name."""
    if one.table:
        return one.table.table_full_name
    if one.function:
        return f"{one.function.function_full_name}()"
    return f"a {', '.join(one.as_dict()) or 'thing'} that is not named"


def _of_the_metastore(client: Client, found: Found, only: str) -> None:
    """The metastore itself, and what is in no catalog."""
    api = client.api
    client.step("looking at the metastore")
    try:
        summary = api.metastores.summary()
        found.add(Securable("metastore", str(summary.metastore_id), summary.owner or ""))
    except TROUBLE as error:
        client.note(error)
        # To a service account it is not shown, and docs/verify.md says so.
        if not (only and isinstance(error, PermissionDenied | NotFound)):
            found.problems.append(f"{OF_THE_METASTORE}{reason(error)}")
    others: list[tuple[str, str, Callable[[], Iterable[Any]]]] = [
        (
            "external locations",
            "external_location",
            lambda: api.external_locations.list(include_browse=True, max_results=PAGED),
        ),
        (
            "storage credentials",
            "storage_credential",
            lambda: api.storage_credentials.list(max_results=PAGED),
        ),
        ("connections", "connection", lambda: api.connections.list(max_results=PAGED)),
        (
            "service credentials",
            "credential",
            lambda: api.credentials.list_credentials(
                purpose=CredentialPurpose.SERVICE, max_results=PAGED
            ),
        ),
        ("shares", "share", lambda: api.shares.list_shares(max_results=PAGED)),
        ("recipients", "recipient", lambda: api.recipients.list(max_results=PAGED)),
        ("providers", "provider", lambda: api.providers.list(max_results=PAGED)),
    ]
    for words, kind, listing in others:
        for each in _listed(client, found, words, listing):
            found.add(Securable(kind, str(each.name), each.owner or ""))


def _listed(
    client: Client,
    found: Found,
    what: str,
    listing: Callable[[], Iterable[Each]],
    *,
    refusal_is_no_gap: bool = False,
) -> Iterator[Each]:
    """A list that may be refused half way, which leaves a gap."""
    if client.trouble:
        found.problems.append(f"{what}: not looked at, after {client.trouble}")
        return
    client.step(f"listing {what}")
    try:
        yield from listing()
    except NotFound:
        return  # gone since what it is in was listed
    except TROUBLE as error:
        client.note(error)
        if not (refusal_is_no_gap and isinstance(error, PermissionDenied)):
            found.problems.append(f"{what}: {reason(error)}")


Held = tuple[str, str, str, str]
"""Principal, privilege, and the kind and name of where it was granted, if not here."""


def _effective(client: Client, one: Securable, only: str) -> tuple[Securable, list[Held], str]:
    """What is held there, and why not all of it is known."""
    held: list[Held] = []
    token: str | None = None
    if client.trouble:
        return one, held, f"not looked at, after {client.trouble}"
    try:
        while True:
            page = client.api.grants.get_effective(
                one.kind, one.name, max_results=PAGED, page_token=token, principal=only or None
            )
            for each in page.privilege_assignments or []:
                for privilege in each.privileges or []:
                    if each.principal and privilege.privilege:
                        above = privilege.inherited_from_type
                        kind = above.value.lower() if above else ""
                        name = privilege.inherited_from_name or ""
                        held.append((each.principal, privilege.privilege.value, kind, name))
            token = page.next_page_token
            if not token:
                return one, held, ""
    except NotFound:
        return one, held, ""  # gone since it was listed
    except TROUBLE as error:
        client.note(error)
        if one.kind == "metastore" and only and isinstance(error, PermissionDenied):
            return one, held, ""  # as above
        return one, held, reason(error)
