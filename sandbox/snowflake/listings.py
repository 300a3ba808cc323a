"""What SHOW lists, kind by kind: its columns, which are the service's, and a row of them.

Owns no statement: which rows a role sees is `show.py`'s.
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.snowflake.account import Account
from sandbox.snowflake.catalog import STORED
from sandbox.snowflake.integrations import OAuthIntegration
from sandbox.snowflake.kinds import KINDS
from sandbox.snowflake.securables import SHARE, Securable
from sandbox.snowflake.session import Session, moment
from sandbox.snowflake.users import User

Row = Callable[[Account, Session, Any], list[Any]]


def owner_name(one: Securable) -> str:
    return one.owner.simple_name if one.owner else ""


def owner_type(one: Securable) -> str:
    return one.owner.kind.replace(" ", "_") if one.owner else ""


def yes(value: bool) -> str:
    return "Y" if value else "N"


def integration_row(state: Account, session: Session, one: OAuthIntegration) -> list[Any]:
    external = f"EXTERNAL_OAUTH - {one.text('EXTERNAL_OAUTH_TYPE').upper()}"
    kind = "OAUTH - CUSTOM" if one.is_oauth_client else external
    return [one.simple_name, kind, "SECURITY", one.enabled, one.comment or None, one.created]


def user_row(state: Account, session: Session, user: User) -> list[Any]:
    head = [user.simple_name, user.created]
    if not (state.roles.owns(session, user) or session.user is user or manages(state, session)):
        # What a user is like is for its owner; others learn that there is one.
        return head + [None] * 17 + [owner_name(user)] + [None] * 8
    roles = user.default_secondary_roles
    return [
        *head, user.login_name, user.text("DISPLAY_NAME") or user.simple_name,
        user.text("FIRST_NAME"), user.text("LAST_NAME"), user.text("EMAIL"), "", "",
        user.comment, user.disabled, user.flag("MUST_CHANGE_PASSWORD"), False,
        user.default_warehouse, user.default_namespace, user.default_role,
        json.dumps(list(("ALL",) if roles is None else roles)), False, "", owner_name(user), None,
        None, None, user.password is not None, bool(user.rsa_public_key or user.rsa_public_key_2),
        user.type or None, False, bool(user.settings.get("WORKLOAD_IDENTITY")),
    ]  # fmt: skip


def manages(state: Account, session: Session) -> bool:
    return state.roles.global_privilege(session, "MANAGE GRANTS")


def role_row(state: Account, session: Session, role: Securable) -> list[Any]:
    members = [g.to.kind for g in role.grants if g.privilege == "USAGE"]
    current = role.simple_name == session.role
    below = state.roles.granted_to(role)
    return [
        role.created, role.simple_name, yes(role.simple_name == session.user.default_role),
        yes(current), yes(not current and role in state.roles.active(session)),
        members.count("USER"), members.count("ROLE"), sum(r.kind == "ROLE" for r in below),
        owner_name(role), role.comment,
    ]  # fmt: skip


def database_role_row(state: Account, session: Session, role: Securable) -> list[Any]:
    members = [g.to.kind for g in role.grants if g.privilege == "USAGE"]
    return [
        role.created, role.simple_name, "N", "N", yes(role in state.roles.active(session)),
        members.count("ROLE"), members.count("DATABASE ROLE"), len(state.roles.granted_to(role)),
        owner_name(role), role.comment, owner_type(role),
    ]  # fmt: skip


def warehouse_row(state: Account, session: Session, one: Securable) -> list[Any]:
    def get(key: str) -> Any:
        return one.settings.get(key, KINDS["WAREHOUSE"].properties[key])

    started = one.text("STATE") != "SUSPENDED"
    kind, scaling = str(get("WAREHOUSE_TYPE")).upper(), str(get("SCALING_POLICY")).upper()
    return [
        one.simple_name, "STARTED" if started else "SUSPENDED", kind,
        size_label(get("WAREHOUSE_SIZE")), get("MIN_CLUSTER_COUNT"), get("MAX_CLUSTER_COUNT"),
        int(started), 0, 0,
        yes(one.simple_name == session.user.default_warehouse),
        yes(one.simple_name == session.warehouse), get("AUTO_SUSPEND") or None, get("AUTO_RESUME"),
        "100" if started else "", "", "", "", one.created, one.created, one.created,
        owner_name(one), one.comment, get("ENABLE_QUERY_ACCELERATION"),
        get("QUERY_ACCELERATION_MAX_SCALE_FACTOR"), one.text("RESOURCE_MONITOR") or "null",
        "0", "0", "0", "0", str(id(one)), scaling, None, owner_type(one), None,
    ]  # fmt: skip


def size_label(size: str) -> str:
    """XSMALL and X-SMALL are both shown as X-Small."""
    plain = size.upper().replace("-", "")
    sizes = ["X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large"]
    sizes += ["5X-Large", "6X-Large"]
    plain = {"XXLARGE": "2XLARGE", "XXXLARGE": "3XLARGE", "X2LARGE": "2XLARGE"}.get(plain, plain)
    return next((s for s in sizes if s.upper().replace("-", "") == plain), size)


def database_row(state: Account, session: Session, one: Securable) -> list[Any]:
    kind = "IMPORTED DATABASE" if one.text(SHARE) else "STANDARD"
    return [
        one.created, one.simple_name, "N", yes(one.simple_name == session.database),
        one.text(SHARE), owner_name(one), one.comment, "", "1", kind, owner_type(one),
    ]  # fmt: skip


def schema_row(state: Account, session: Session, one: Securable) -> list[Any]:
    current = one.name == (session.database, session.schema)
    options = "MANAGED ACCESS" if one.flag("MANAGED ACCESS") else ""
    return [
        one.created, one.simple_name, "N", yes(current), one.name[0], owner_name(one),
        one.comment, options, "1", owner_type(one),
    ]  # fmt: skip


def table_row(state: Account, session: Session, one: Securable) -> list[Any]:
    return [
        one.created, one.simple_name, one.name[0], one.name[1], "TABLE", one.comment, "",
        state.rows.count(one) if one.kind in STORED else None, 1024, owner_name(one), "1", "OFF",
        "OFF", "N", "N",
        owner_type(one), "N", *flags(one),
    ]  # fmt: skip


def flags(one: Securable) -> list[str]:
    """is_hybrid, is_iceberg, is_dynamic."""
    return ["N", yes(one.kind == "ICEBERG TABLE"), yes(one.kind == "DYNAMIC TABLE")]


def object_row(state: Account, session: Session, one: Securable) -> list[Any]:
    rows = state.rows.count(one) if one.kind in STORED else None
    kind = "VIEW" if one.kind.endswith("VIEW") else "TABLE"
    return [
        one.created, one.simple_name, one.name[0], one.name[1], kind, one.comment, "",
        rows, None if rows is None else 1024, owner_name(one), "1", owner_type(one), *flags(one),
    ]  # fmt: skip


def view_row(state: Account, session: Session, one: Securable) -> list[Any]:
    return [
        one.created, one.simple_name, "", one.name[0], one.name[1], owner_name(one),
        one.comment, one.text("TEXT"), one.flag("SECURE"),
        one.kind == "MATERIALIZED VIEW", owner_type(one), "OFF",
    ]  # fmt: skip


def stage_row(state: Account, session: Session, one: Securable) -> list[Any]:
    return [
        one.created, one.simple_name, *one.name[:2], one.text("URL"), owner_name(one), one.comment,
        owner_type(one),
    ]  # fmt: skip


def called_row(state: Account, session: Session, one: Securable) -> list[Any]:
    bare = one.simple_name.partition("(")[0]
    return [one.created, bare, one.name[1], one.simple_name, one.name[0]]


def policy_row(state: Account, session: Session, one: Securable) -> list[Any]:
    lists = ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST", "ALLOWED_NETWORK_RULE_LIST",
             "BLOCKED_NETWORK_RULE_LIST")  # fmt: skip
    counts = [len(one.items(key)) for key in lists]
    return [one.created, one.simple_name, one.comment, *counts]


def rule_row(state: Account, session: Session, one: Securable) -> list[Any]:
    return [
        one.created, one.simple_name, *one.name[:2], owner_name(one), one.comment,
        one.text("TYPE"), one.text("MODE") or "INGRESS", len(one.items("VALUE_LIST")),
        owner_type(one),
    ]  # fmt: skip


def authentication_row(state: Account, session: Session, one: Securable) -> list[Any]:
    return [
        one.created, one.simple_name, one.comment, *one.name[:2],
        "AUTHENTICATION_POLICY", owner_name(one), owner_type(one), "",
    ]  # fmt: skip


def monitor_row(state: Account, session: Session, one: Securable) -> list[Any]:
    triggers = one.settings.get("TRIGGERS", ())

    def at(action: str) -> str:
        return ",".join(f"{percent}%" for percent, do in triggers if do == action)

    quota = one.settings.get("CREDIT_QUOTA")
    credits = None if quota is None else f"{float(quota):.2f}"
    uses = [w for w in state.catalog.of_kind("WAREHOUSE")
            if w.text("RESOURCE_MONITOR") == one.simple_name]  # fmt: skip
    return [
        one.simple_name, credits, "0.00", credits, "WAREHOUSE" if uses else None,
        one.text("FREQUENCY") or "MONTHLY", moment(one.created),
        one.text("END_TIMESTAMP") or None, at("NOTIFY"), at("SUSPEND"), at("SUSPEND_IMMEDIATE"),
        one.created, owner_name(one), one.comment, ", ".join(one.items("NOTIFY_USERS")),
    ]  # fmt: skip


SHOWN: dict[str, tuple[str, str, Row]] = {
    "SECURITY INTEGRATIONS": (
        "INTEGRATION", "name type category enabled comment created_on", integration_row,
    ),
    "INTEGRATIONS": (
        "INTEGRATION", "name type category enabled comment created_on", integration_row,
    ),
    "USERS": (
        "USER",
        "name created_on login_name display_name first_name last_name email mins_to_unlock "
        "days_to_expiry comment disabled must_change_password snowflake_lock default_warehouse "
        "default_namespace default_role default_secondary_roles ext_authn_duo ext_authn_uid owner "
        "last_success_login expires_at_time locked_until_time has_password has_rsa_public_key "
        "type has_mfa has_workload_identity",
        user_row,
    ),
    "ROLES": (
        "ROLE",
        "created_on name is_default is_current is_inherited assigned_to_users granted_to_roles "
        "granted_roles owner comment",
        role_row,
    ),
    "DATABASE ROLES": (
        "DATABASE ROLE",
        "created_on name is_default is_current is_inherited granted_to_roles "
        "granted_to_database_roles granted_database_roles owner comment owner_role_type",
        database_role_row,
    ),
    "WAREHOUSES": (
        "WAREHOUSE",
        "name state type size min_cluster_count max_cluster_count started_clusters running queued "
        "is_default is_current auto_suspend auto_resume available provisioning quiescing other "
        "created_on resumed_on updated_on owner comment enable_query_acceleration "
        "query_acceleration_max_scale_factor resource_monitor actives pendings failed suspended "
        "uuid scaling_policy budget owner_role_type resource_constraint",
        warehouse_row,
    ),
    "DATABASES": (
        "DATABASE",
        "created_on name is_default is_current origin owner comment options retention_time kind "
        "owner_role_type",
        database_row,
    ),
    "SCHEMAS": (
        "SCHEMA",
        "created_on name is_default is_current database_name owner comment options "
        "retention_time owner_role_type",
        schema_row,
    ),
    "TABLES": (
        "TABLE",
        "created_on name database_name schema_name kind comment cluster_by rows bytes owner "
        "retention_time automatic_clustering change_tracking is_external enable_schema_evolution "
        "owner_role_type is_event is_hybrid is_iceberg is_dynamic",
        table_row,
    ),
    "OBJECTS": (
        "OBJECT",
        "created_on name database_name schema_name kind comment cluster_by rows bytes owner "
        "retention_time owner_role_type is_hybrid is_iceberg is_dynamic",
        object_row,
    ),
    "VIEWS": (
        "VIEW",
        "created_on name reserved database_name schema_name owner comment text is_secure "
        "is_materialized owner_role_type change_tracking",
        view_row,
    ),
    "STAGES": (
        "STAGE",
        "created_on name database_name schema_name url owner comment owner_role_type",
        stage_row,
    ),
    "PROCEDURES": ("PROCEDURE", "created_on name schema_name arguments catalog_name", called_row),
    "USER FUNCTIONS": (
        "FUNCTION", "created_on name schema_name arguments catalog_name", called_row,
    ),
    "NETWORK POLICIES": (
        "NETWORK POLICY",
        "created_on name comment entries_in_allowed_ip_list entries_in_blocked_ip_list "
        "entries_in_allowed_network_rules entries_in_blocked_network_rules",
        policy_row,
    ),
    "NETWORK RULES": (
        "NETWORK RULE",
        "created_on name database_name schema_name owner comment type mode entries_in_valuelist "
        "owner_role_type",
        rule_row,
    ),
    "AUTHENTICATION POLICIES": (
        "AUTHENTICATION POLICY",
        "created_on name comment database_name schema_name kind owner owner_role_type options",
        authentication_row,
    ),
    "RESOURCE MONITORS": (
        "RESOURCE MONITOR",
        "name credit_quota used_credits remaining_credits level frequency start_time end_time "
        "notify_at suspend_at suspend_immediately_at created_on owner comment notify_users",
        monitor_row,
    ),
}  # fmt: skip

KEYS = "created_on database_name schema_name table_name column_name key_sequence constraint_name"
FOREIGN_KEYS = (
    "created_on pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name "
    "fk_schema_name fk_table_name fk_column_name key_sequence update_rule delete_rule fk_name "
    "pk_name deferrability rely comment"
)
NONE_OF: dict[str, str] = {
    "PRIMARY KEYS": f"{KEYS} rely comment",
    "UNIQUE KEYS": f"{KEYS} rely comment",
    "IMPORTED KEYS": FOREIGN_KEYS,
    "EXPORTED KEYS": FOREIGN_KEYS,
    "INDEXES": "created_on name is_unique columns included_columns table database_name "
    "schema_name owner owner_role_type",
    "SEQUENCES": "name database_name schema_name next_value interval created_on owner comment "
    "owner_role_type ordered",
}
"""Not emulated, so that no account has any; clients ask for them all the same."""
