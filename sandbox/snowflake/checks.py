"""What the account refuses about an object's values, whoever sets them.

Owns the rules of integrations, users and policies. Who may set them is `objects.py`'s, but for a
network policy: who gives it to a user must own it.
"""

import base64
import binascii
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError, compilation, exists
from sandbox.snowflake.integrations import LONGEST_REFRESH, PRIVILEGED
from sandbox.snowflake.policies import CLIENT_ADDRESS, admits, is_range
from sandbox.snowflake.securables import Securable
from sandbox.snowflake.session import Session
from sandbox.snowflake.syntax import Reader
from sandbox.snowflake.users import key_body

NOT_FOR_SERVICES = (
    "PASSWORD", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "MUST_CHANGE_PASSWORD",
    "MINS_TO_BYPASS_MFA",
)  # fmt: skip
ROLE_LISTS = (
    "PRE_AUTHORIZED_ROLES_LIST", "ALLOWED_ROLES_LIST", "BLOCKED_ROLES_LIST",
    "EXTERNAL_OAUTH_BLOCKED_ROLES_LIST", "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST",
)  # fmt: skip
EXTERNAL_NEEDS = (
    "EXTERNAL_OAUTH_TYPE", "EXTERNAL_OAUTH_ISSUER", "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM",
    "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE",
)  # fmt: skip
SHORTEST_REFRESH = 86_400
SHORTEST_PASSWORD = 14


def invalid(key: str, value: object) -> SqlError:
    return compilation(f"invalid value [{value}] for parameter '{key}'", 1007, "22023")


def check(
    state: Account, session: Session, kind: str, name: tuple[str, ...], settings: dict[str, Any]
) -> None:
    """What the account refuses about these values, which are all that the object will have."""
    if kind == "INTEGRATION":
        check_integration(state, name[0], settings)
    if kind == "USER":
        check_user(state, name[0], settings)
    policy = settings.get("NETWORK_POLICY")
    if policy:
        found = state.catalog.get("NETWORK POLICY", (policy,))
        if kind == "USER":
            state.roles.require_owner(session, found)  # of both
            if name == session.user.name:
                check_author(state, found)
    if kind == "NETWORK POLICY":
        check_network_policy(state, session, name, settings)
    if kind == "NETWORK RULE" and settings.get("TYPE", "IPV4") == "IPV4":
        check_addresses("VALUE_LIST", settings)
    monitor = settings.get("RESOURCE_MONITOR")
    if monitor and monitor != "null":
        state.catalog.get("RESOURCE MONITOR", (monitor,))


def check_network_policy(
    state: Account, session: Session, name: tuple[str, ...], settings: dict[str, Any]
) -> None:
    for key in ("ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST"):
        settings[key] = tuple(rule_name(state, session, r) for r in settings.get(key, ()))
    for key in ("ALLOWED_IP_LIST", "BLOCKED_IP_LIST"):
        check_addresses(key, settings)
    in_force = {each.text("NETWORK_POLICY") for each in (state.account, session.user)}
    if name[0] in in_force:
        check_author(state, Securable("NETWORK POLICY", name, None, 0, settings))


def check_addresses(key: str, settings: dict[str, Any]) -> None:
    for each in settings.get(key, ()):
        if not is_range(each):
            raise invalid(key, each)


def check_author(state: Account, policy: Securable) -> None:
    """A policy that would shut out who puts it in force is refused."""
    if not admits(state.catalog, policy, CLIENT_ADDRESS):
        message = (
            f"Network policy {policy} cannot be activated. Requestor IP address, "
            f"{CLIENT_ADDRESS}, must be included in the allowed_ip_list."
        )
        raise compilation(message)


def rule_name(state: Account, session: Session, text: str) -> str:
    name = session.qualify(Reader(text).name(), 3)
    return str(state.catalog.get("NETWORK RULE", name))


def check_integration(state: Account, name: str, settings: dict[str, Any]) -> None:
    for key in ROLE_LISTS:
        for role in settings.get(key, ()):
            state.catalog.get("ROLE", (role,))
    if "ALLOWED_ROLES_LIST" in settings and not state.newest:
        raise compilation("invalid property 'ALLOWED_ROLES_LIST' for 'INTEGRATION'", 1008, "22023")
    check_blocked(state, settings)
    if settings["TYPE"] != "OAUTH":
        for key in EXTERNAL_NEEDS:
            if not settings.get(key):
                raise compilation(f"Missing option(s): [{key}]", 2029, "42601")
        issuer = settings["EXTERNAL_OAUTH_ISSUER"]
        for other in state.integrations.all():
            if other.simple_name != name and other.text("EXTERNAL_OAUTH_ISSUER") == issuer:
                message = "An integration with the given issuer already exists for this account."
                raise SqlError(3524, "22023", f"SQL execution error: {message}")
        return
    for key in ("OAUTH_CLIENT_RSA_PUBLIC_KEY", "OAUTH_CLIENT_RSA_PUBLIC_KEY_2"):
        if settings.get(key):
            settings[key] = key_body(settings[key])
            check_key(settings[key])
    if settings.get("NETWORK_POLICY"):
        # The service folds this one name to upper case, even when it is quoted.
        settings["NETWORK_POLICY"] = settings["NETWORK_POLICY"].upper()
    for key in ("OAUTH_CLIENT", "OAUTH_CLIENT_TYPE", "OAUTH_REDIRECT_URI"):
        if not settings.get(key):
            raise compilation(f"Missing option(s): [{key}]", 2029, "42601")
    if settings["OAUTH_CLIENT"] != "CUSTOM":
        raise NotImplementedError(f"OAUTH_CLIENT = {settings['OAUTH_CLIENT']}")
    if settings["OAUTH_CLIENT_TYPE"] not in ("CONFIDENTIAL", "PUBLIC"):
        raise invalid("OAUTH_CLIENT_TYPE", settings["OAUTH_CLIENT_TYPE"])
    if settings.get("OAUTH_USE_SECONDARY_ROLES", "NONE") not in ("NONE", "IMPLICIT"):
        raise invalid("OAUTH_USE_SECONDARY_ROLES", settings["OAUTH_USE_SECONDARY_ROLES"])
    validity = settings.get("OAUTH_REFRESH_TOKEN_VALIDITY", LONGEST_REFRESH)
    if not SHORTEST_REFRESH <= validity <= LONGEST_REFRESH:
        raise invalid("OAUTH_REFRESH_TOKEN_VALIDITY", validity)
    uri = settings["OAUTH_REDIRECT_URI"]
    if not uri.startswith("https://") and not settings.get("OAUTH_ALLOW_NON_TLS_REDIRECT_URI"):
        raise invalid("OAUTH_REDIRECT_URI", uri)


def check_blocked(state: Account, settings: dict[str, Any]) -> None:
    """While the account adds its administrators' roles, a list names all of them or none."""
    prefix = "" if settings["TYPE"] == "OAUTH" else "EXTERNAL_"
    parameter = f"{prefix}OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST"
    own = "" if settings["TYPE"] == "OAUTH" else "EXTERNAL_OAUTH_"
    blocked = set(settings.get(f"{own}BLOCKED_ROLES_LIST", ()))
    known = {role for role in PRIVILEGED if state.roles.get(role)}
    if state.account.flag(parameter, True) and blocked & known and not known <= blocked:
        roles = ", ".join(sorted(known))
        raise SqlError(3629, "42501", f"Roles [{roles}] are blocked since {parameter} is enabled.")
    allowed = set(settings.get(f"{own}ALLOWED_ROLES_LIST", ()))
    if both := sorted(allowed & blocked):
        raise invalid(f"{own}ALLOWED_ROLES_LIST", both[0])
    if allowed and not own and settings.get("OAUTH_USE_SECONDARY_ROLES", "NONE") != "NONE":
        raise invalid("ALLOWED_ROLES_LIST", ",".join(sorted(allowed)))


def check_user(state: Account, name: str, settings: dict[str, Any]) -> None:
    kind = settings.get("TYPE") or ""
    if kind not in ("", "PERSON", "SERVICE", "LEGACY_SERVICE", "NULL"):
        raise invalid("TYPE", kind)
    wrong = [k for k in NOT_FOR_SERVICES if settings.get(k)]
    if kind == "SERVICE" and wrong:
        raise compilation(f"Cannot set {wrong} on users with TYPE=SERVICE.", 1420, "22023")
    known = state.users.get(name)
    password = str(settings.get("PASSWORD") or "")
    if not known or password != known.password:  # one that is there already is not judged again
        check_password(password)
    if set(settings.get("DEFAULT_SECONDARY_ROLES") or ()) - {"ALL"}:
        raise invalid("DEFAULT_SECONDARY_ROLES", settings["DEFAULT_SECONDARY_ROLES"])
    login = str(settings.get("LOGIN_NAME") or name).upper()
    if any(u.login_name == login and u.simple_name != name for u in state.users.all()):
        raise exists(login)
    for key in ("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2"):
        if settings.get(key):
            settings[key] = key_body(settings[key])
            check_key(settings[key])


def check_password(password: str) -> None:
    """By the policy that an account has without one of its own."""
    wrong = {
        "PASSWORD_TOO_SHORT": len(password) < SHORTEST_PASSWORD,
        "PASSWORD_NEEDS_UPPERCASE": password.lower() == password,
        "PASSWORD_NEEDS_LOWERCASE": password.upper() == password,
        "PASSWORD_NEEDS_DIGIT": not any(each.isdigit() for each in password),
    }
    if password and any(wrong.values()):
        reason = next(each for each, is_so in wrong.items() if is_so)
        message = f"New password rejected by current policy. Reason: '{reason}'."
        raise SqlError(3002, "28P02", f"SQL execution error: {message}")


def check_key(body: str) -> None:
    try:
        key = load_der_public_key(base64.b64decode(body, validate=True))
    except (ValueError, binascii.Error) as error:
        raise rejected_key("Invalid public key") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise rejected_key("Invalid public key")


def rejected_key(reason: str) -> SqlError:
    message = f"New public key rejected by current policy. Reason: '{reason}'"
    return SqlError(390198, "22023", f"SQL execution error: {message}.")
