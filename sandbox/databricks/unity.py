"""Unity Catalog: the securables, who owns them, and who was granted what on them.

Owns privileges and their inheritance. It does not own rows (`statements.py`). A view is a table
here; volumes, functions and external locations are there to be granted, and hold nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.databricks.directory import ACCOUNT_USERS, Directory, Principal
from sandbox.databricks.errors import ApiError, denied, invalid, missing

TABLE = {"ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "MODIFY", "SELECT"}
SCHEMA = TABLE | {
    "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE",
    "CREATE_VOLUME", "EXECUTE", "EXTERNAL_USE_SCHEMA", "READ_VOLUME", "REFRESH", "USE_SCHEMA",
    "WRITE_VOLUME",
}  # fmt: skip
CATALOG = SCHEMA | {"BROWSE", "CREATE_SCHEMA", "USE_CATALOG"}
METASTORE = {
    "CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_PROVIDER",
    "CREATE_RECIPIENT", "CREATE_SHARE", "CREATE_STORAGE_CREDENTIAL", "MANAGE_ALLOWLIST",
    "USE_PROVIDER", "USE_RECIPIENT", "USE_SHARE",
}  # fmt: skip
VOLUME = {"ALL_PRIVILEGES", "APPLY_TAG", "MANAGE", "READ_VOLUME", "WRITE_VOLUME"}
FUNCTION = {"ALL_PRIVILEGES", "EXECUTE", "MANAGE"}
EXTERNAL_LOCATION = {
    "ALL_PRIVILEGES", "BROWSE", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME",
    "CREATE_MANAGED_STORAGE", "EXTERNAL_USE_LOCATION", "MANAGE", "READ_FILES", "WRITE_FILES",
}  # fmt: skip
STORAGE_CREDENTIAL = {
    "ALL_PRIVILEGES", "CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_TABLE", "MANAGE", "READ_FILES",
    "WRITE_FILES",
}  # fmt: skip
SERVICE_CREDENTIAL = {"ACCESS", "ALL_PRIVILEGES", "CREATE_CONNECTION", "MANAGE"}
CONNECTION = {"ALL_PRIVILEGES", "CREATE_FOREIGN_CATALOG", "MANAGE", "USE_CONNECTION"}
APPLICABLE = {
    "metastore": METASTORE, "catalog": CATALOG, "schema": SCHEMA, "table": TABLE,
    "volume": VOLUME, "function": FUNCTION, "external_location": EXTERNAL_LOCATION,
    "storage_credential": STORAGE_CREDENTIAL, "connection": CONNECTION,
    "credential": SERVICE_CREDENTIAL,
}  # fmt: skip
OWNED = ("share", "recipient", "provider")
"""What principals of the account can own, and not be granted anything on."""
ABOVE = {"schema": "catalog", "table": "schema", "volume": "schema", "function": "schema"}
"""What a securable is in; the rest is in the metastore."""
OPENS = {
    "catalog": ("USE_CATALOG",), "schema": ("USE_SCHEMA",), "table": ("SELECT", "MODIFY"),
    "volume": ("READ_VOLUME", "WRITE_VOLUME"), "function": ("EXECUTE",),
    "external_location": ("READ_FILES", "WRITE_FILES", "CREATE_EXTERNAL_TABLE"),
    "storage_credential": ("READ_FILES", "WRITE_FILES", "CREATE_EXTERNAL_TABLE"),
    "connection": ("USE_CONNECTION",), "credential": ("ACCESS",),
}  # fmt: skip
"""Privileges of which one has to be held for it to be listed."""
# What ALL PRIVILEGES does not include, by the vendor's documentation.
NEVER_IMPLIED = {"MANAGE", "EXTERNAL_USE_SCHEMA"}


@dataclass
class Securable:
    kind: str
    full_name: str
    owner: str
    parent: "Securable | None"
    grants: dict[str, set[str]] = field(default_factory=dict)
    reads: list[str] | None = None
    """Of a view: the tables that it is made of."""
    untold: bool = False
    """Whether the API does not say so: it need not."""
    model: bool = False
    """Of a function: whether it is a registered model, which is one to grants."""

    @property
    def name(self) -> str:
        return self.full_name.rpartition(".")[2]

    def chain(self) -> list["Securable"]:
        """Itself and what it is in, up to the catalog: the metastore's do not inherit."""
        above = self.parent.chain() if self.parent and self.parent.kind != "metastore" else []
        return [self, *above]

    def __str__(self) -> str:
        return f"{self.kind.capitalize()} '{self.full_name}'"


class Unity:
    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.metastore = Securable("metastore", "", "", None)
        self.securables: dict[tuple[str, str], Securable] = {}

    def add(self, kind: str, full_name: str, owner: str) -> Securable:
        above = ABOVE.get(kind)
        parent = self.get(above, full_name.rpartition(".")[0]) if above else self.metastore
        new = Securable(kind, full_name, owner, parent)
        self.securables[kind, full_name.lower()] = new
        return new

    def get(self, kind: str, full_name: str) -> Securable:
        if kind == "metastore":
            if full_name != self.metastore.full_name:
                raise missing(
                    f"Metastore '{full_name}' does not exist.", "METASTORE_DOES_NOT_EXIST"
                )
            return self.metastore
        if kind not in (*APPLICABLE, *OWNED):
            raise ApiError(501, "NOT_IMPLEMENTED", f"sandbox: securable {kind} is not emulated")
        parts = full_name.split(".")
        kinds = [kind]
        while above := ABOVE.get(kinds[0]):
            kinds.insert(0, above)
        for depth, one in enumerate(kinds[: len(parts)], start=1):
            name = ".".join(parts[:depth])
            if (one, name.lower()) not in self.securables:
                message = f"{one.capitalize()} '{name}' does not exist."
                raise missing(message, f"{one.upper()}_DOES_NOT_EXIST")
        if (kind, full_name.lower()) not in self.securables:
            raise invalid(f"'{full_name}' is not a valid name for a {kind}.")
        return self.securables[kind, full_name.lower()]

    def children(self, kind: str, parent: str = "") -> list[Securable]:
        parent = parent.lower()
        return [
            s
            for (k, n), s in self.securables.items()
            if k == kind and n.rpartition(".")[0] == parent
        ]

    def grant(self, kind: str, full_name: str, principal: str, *privileges: str) -> None:
        """By hand, that is without asking who may."""
        self._change(self.get(kind, full_name), principal, set(privileges), set())

    def revoke(self, kind: str, full_name: str, principal: str, *privileges: str) -> None:
        """By hand; without privileges, all of them."""
        target = self.get(kind, full_name)
        gone = set(privileges) or set(target.grants.get(principal, set()))
        self._change(target, principal, set(), gone)

    def update(self, by: Principal, target: Securable, changes: Iterable[dict[str, Any]]) -> None:
        self.require_manager(by, target)
        for change in changes:
            add, remove = (
                {str(p).upper().replace(" ", "_") for p in change.get(k) or []}
                for k in ("add", "remove")
            )
            self._change(target, str(change.get("principal")), add, remove)

    def _change(self, target: Securable, principal: str, add: set[str], remove: set[str]) -> None:
        who = self.directory.named(principal)
        # A workspace's own groups (admins, users) are unknown to the metastore.
        if principal != ACCOUNT_USERS and (who is None or who.system):
            message = f"Could not find principal with name {principal}."
            raise missing(message, "PRINCIPAL_DOES_NOT_EXIST")
        if wrong := (add | remove) - APPLICABLE.get(target.kind, set()):
            what = f"Privilege {sorted(wrong)[0]} is not applicable to this entity"
            raise invalid(f"{what} [{target.full_name}:{target.kind.upper()}].")
        held = (target.grants.get(principal, set()) | add) - remove
        target.grants[principal] = held
        if not held:
            del target.grants[principal]

    def is_metastore_admin(self, who: Principal) -> bool:
        return self.metastore.owner in self.directory.names_of(who)

    def holds(self, who: Principal, privilege: str, target: Securable) -> bool:
        """By grant or ownership, here or above, itself or through a group."""
        names = self.directory.names_of(who)
        for one in target.chain():
            if one.owner in names:
                return True
            held = set().union(*(one.grants.get(n, set()) for n in names))
            if privilege in held or ("ALL_PRIVILEGES" in held and privilege not in NEVER_IMPLIED):
                return True
        return False

    def manages(self, who: Principal, target: Securable) -> bool:
        try:
            self.require_manager(who, target)
        except ApiError:
            return False
        return True

    def require_manager(self, who: Principal, target: Securable) -> None:
        if self.is_metastore_admin(who):
            return
        if not self.holds(who, "MANAGE", target):
            raise denied(f"User does not have MANAGE on {target}.")
        for above in target.chain()[1:]:  # MANAGE does not reach through what one may not use
            privilege = f"USE_{above.kind.upper()}"
            if not self.holds(who, privilege, above):
                raise denied(f"User does not have {privilege.replace('_', ' ')} on {above}.")

    def sees(self, who: Principal, target: Securable) -> bool:
        """Metadata: any privilege on it, above it, or below it."""
        if self.is_metastore_admin(who):
            return True
        names = self.directory.names_of(who)
        near = [*target.chain(), *(s for s in self.securables.values() if target in s.chain())]
        return any(s.owner in names or names & s.grants.keys() for s in near)

    def uses(self, who: Principal, target: Securable) -> bool:
        """Whether it is listed without `include_browse`: by ownership or a privilege that lets one
        in, here and above; what BROWSE or something below shows is not.
        """
        if self.is_metastore_admin(who) or self.manages(who, target):
            return True
        above = [f"USE_{each.kind.upper()}" for each in target.chain()[1:]]
        return any(self.holds(who, each, target) for each in OPENS.get(target.kind, ())) and all(
            self.holds(who, privilege, each)
            for privilege, each in zip(above, target.chain()[1:], strict=True)
        )

    def effective(self, target: Securable, only: str | None) -> list[dict[str, Any]]:
        found: dict[str, list[dict[str, str]]] = {}
        for one in target.chain():
            for principal, privileges in one.grants.items():
                for privilege in privileges & APPLICABLE[target.kind]:
                    entry = {"privilege": privilege}
                    if one is not target:
                        entry["inherited_from_type"] = one.kind.upper()
                        entry["inherited_from_name"] = one.full_name
                    found.setdefault(principal, []).append(entry)
        return [
            {"principal": p, "privileges": entries}
            for p, entries in found.items()
            if only in (None, p)
        ]

    def forget(self, who: Principal) -> None:
        for one in [self.metastore, *self.securables.values()]:
            one.grants.pop(who.name, None)
