"""DESCRIBE: one object, property by property.

Owns which properties there are and how their values are written.
"""

import base64
import hashlib
import json
from typing import Any

from sandbox.snowflake import kinds, world
from sandbox.snowflake.account import Account
from sandbox.snowflake.catalog import RELATIONS
from sandbox.snowflake.errors import missing
from sandbox.snowflake.integrations import OAuthIntegration
from sandbox.snowflake.kinds import KINDS
from sandbox.snowflake.listings import manages, owner_name, rule_row
from sandbox.snowflake.objects import kind_of, read_name
from sandbox.snowflake.securables import Securable
from sandbox.snowflake.session import Result, Session, listing, wire
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import User
from sandbox.snowflake.values import type_text


def describe(state: Account, session: Session, reader: Reader) -> Result:
    kind = kind_of(reader)
    one = state.roles.get_visible(session, kind, read_name(session, reader, kind))
    if kind in RELATIONS:
        reader.take("TYPE = COLUMNS")  # which is the default
    reader.finish()
    if kind in RELATIONS:
        return describe_relation(state, session, one)
    if isinstance(one, OAuthIntegration):
        return describe_integration(state, one)
    if isinstance(one, User):
        if not (state.roles.owns(session, one) or session.user is one or manages(state, session)):
            raise missing("USER", str(one))
        return describe_user(one)
    if kind == "NETWORK POLICY":
        return describe_network_policy(one)
    if kind == "NETWORK RULE":
        row = rule_row(state, session, one)
        columns = "created_on name database_name schema_name owner comment type mode value_list"
        return listing(columns, [[*row[:8], ",".join(one.items("VALUE_LIST"))]])
    if kind == "AUTHENTICATION POLICY":
        return describe_authentication_policy(one)
    columns = "created_on name kind"
    if kind == "DATABASE":
        inside = [o for o in state.catalog.of_kind("SCHEMA", one.name)]
    elif kind == "SCHEMA":
        inside = [o for k in RELATIONS for o in state.catalog.of_kind(k, one.name)]
    elif kind == "WAREHOUSE":
        inside = [one]
    else:
        raise NotImplementedError(reader.sql[:80])
    seen = (o for o in inside if state.roles.sees(session, o))
    return listing(columns, [[o.created, o.simple_name, o.kind] for o in seen])


def describe_relation(state: Account, session: Session, one: Securable) -> Result:
    rows = [
        [c.name, type_text(c), "COLUMN", "Y", None, "N", "N", None, None, None, None]
        for c in state.rows.columns(session, one)
    ]
    names = "name type kind null? default primary~key unique~key check expression comment"
    return listing(f"{names} policy~name", rows)


HIDDEN = ("TYPE", "OAUTH_CLIENT", "OAUTH_CLIENT_RSA_PUBLIC_KEY", "OAUTH_CLIENT_RSA_PUBLIC_KEY_2",
          "EXTERNAL_OAUTH_TYPE")  # fmt: skip


def describe_integration(state: Account, one: OAuthIntegration) -> Result:
    values = {
        key: (one.settings.get(key, default), default)
        for key, default in kinds.INTEGRATIONS[one.type].items()
        if key not in HIDDEN and (state.newest or key != "ALLOWED_ROLES_LIST")
    }
    if one.is_oauth_client:
        values["BLOCKED_ROLES_LIST"] = (one.effective_blocked_roles(state.account), ())
        base = f"https://{world.HOST}/oauth"
        values |= {
            "OAUTH_CLIENT_ID": (one.client_id, ""),
            "OAUTH_AUTHORIZATION_ENDPOINT": (f"{base}/authorize", ""),
            "OAUTH_TOKEN_ENDPOINT": (f"{base}/token-request", ""),
            "OAUTH_ALLOWED_AUTHORIZATION_ENDPOINTS": ((f"{base}/authorize",), ()),
            "OAUTH_ALLOWED_TOKEN_ENDPOINTS": ((f"{base}/token-request",), ()),
        }
        for key in ("OAUTH_CLIENT_RSA_PUBLIC_KEY", "OAUTH_CLIENT_RSA_PUBLIC_KEY_2"):
            values[f"{key}_FP"] = (fingerprint(one.text(key)), "")
    else:
        blocked = one.effective_blocked_roles(state.account)
        values["EXTERNAL_OAUTH_BLOCKED_ROLES_LIST"] = (blocked, ())
    rows = [
        [key, property_type(default), as_property(value, key), as_property(default, key)]
        for key, (value, default) in values.items()
    ]
    return listing("property property_type property_value property_default", rows)


def property_type(default: Any) -> str:
    for kind, name in ((bool, "Boolean"), (int, "Integer"), (tuple, "List")):
        if isinstance(default, kind):
            return name
    return "String"


def as_property(value: Any, key: str) -> str:
    if key == "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM":  # alone among the lists
        return str(list(value))
    return ",".join(value) if isinstance(value, tuple) else str(wire(value))


def fingerprint(body: str) -> str:
    if not body:
        return ""
    digest = hashlib.sha256(base64.b64decode(body)).digest()
    return f"SHA256:{base64.b64encode(digest).decode()}"


def describe_user(user: User) -> Result:
    roles = user.default_secondary_roles
    values: dict[str, Any] = {
        "NAME": user.simple_name,
        "COMMENT": user.comment,
        "DISPLAY_NAME": user.text("DISPLAY_NAME") or user.simple_name,
        "TYPE": user.type,
        "LOGIN_NAME": user.login_name,
    }
    values |= {k: user.text(k) for k in ("FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "EMAIL")}
    values |= {
        "PASSWORD": "********" if user.password else "",
        "MUST_CHANGE_PASSWORD": user.flag("MUST_CHANGE_PASSWORD"),
        "DISABLED": user.disabled,
        "SNOWFLAKE_LOCK": False,
        "SNOWFLAKE_SUPPORT": False,
        "DAYS_TO_EXPIRY": "",
        "MINS_TO_UNLOCK": "",
        "DEFAULT_WAREHOUSE": user.default_warehouse,
        "DEFAULT_NAMESPACE": user.default_namespace,
        "DEFAULT_ROLE": user.default_role,
        "DEFAULT_SECONDARY_ROLES": json.dumps(list(("ALL",) if roles is None else roles)),
        "EXT_AUTHN_DUO": False,
        "EXT_AUTHN_UID": "",
        "MINS_TO_BYPASS_MFA": "",
        "MINS_TO_BYPASS_NETWORK_POLICY": "",
        "RSA_PUBLIC_KEY": user.rsa_public_key,
        "RSA_PUBLIC_KEY_FP": fingerprint(user.rsa_public_key),
        "RSA_PUBLIC_KEY_2": user.rsa_public_key_2,
        "RSA_PUBLIC_KEY_2_FP": fingerprint(user.rsa_public_key_2),
        "HAS_MFA": False,
    }
    rows = [
        # A default of "null" for a truth value is what the plugin cannot read.
        [key, wire(value) or "null", "false" if isinstance(value, bool) else "null", ""]
        for key, value in values.items()
    ]
    return listing("property value default description", rows)


def describe_network_policy(one: Securable) -> Result:
    rows = []
    for key in ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST"):
        if one.items(key):
            rows.append([key, ",".join(one.items(key))])
    for key in ("ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST"):
        if one.items(key):
            rules = [{"fullyQualifiedRuleName": name} for name in one.items(key)]
            rows.append([key, json.dumps(rules)])
    return listing("name value", rows)


def describe_authentication_policy(one: Securable) -> Result:
    rows = [["NAME", one.simple_name, "null", ""], ["OWNER", owner_name(one), "null", ""]]
    for key, default in KINDS["AUTHENTICATION POLICY"].properties.items():
        value = one.settings.get(key, default)
        words = [
            f"[{', '.join(v)}]" if isinstance(v, tuple) else v or "null" for v in (value, default)
        ]
        rows.append([key, *words, ""])
    return listing("property value default description", rows)
