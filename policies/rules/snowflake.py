"""What no preview may do on Snowflake: widen access, replace what other people were given, or open
a way in that is not Cube's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

ACCOUNT_ROLE_GRANT = "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole"
DATABASE_ROLE_GRANT = "snowflake:index/grantPrivilegesToDatabaseRole:GrantPrivilegesToDatabaseRole"
GRANTS = frozenset({ACCOUNT_ROLE_GRANT, DATABASE_ROLE_GRANT})
OWNERSHIP = "snowflake:index/grantOwnership:GrantOwnership"
ROLE_OF = "snowflake:index/grantAccountRole:GrantAccountRole"
DATABASE_ROLE_OF = "snowflake:index/grantDatabaseRole:GrantDatabaseRole"
GRANTEE = {
    ACCOUNT_ROLE_GRANT: "accountRoleName",
    ROLE_OF: "parentRoleName",
    DATABASE_ROLE_OF: "parentRoleName",
}
SERVICE_USER = "snowflake:index/serviceUser:ServiceUser"
OTHER_USERS = frozenset(
    {"snowflake:index/user:User", "snowflake:index/legacyServiceUser:LegacyServiceUser"}
)
OAUTH = "snowflake:index/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients"
EXTERNAL_OAUTH = "snowflake:index/externalOauthIntegration:ExternalOauthIntegration"
PARAMETER = "snowflake:index/accountParameter:AccountParameter"
ACCOUNT = "snowflake:index/currentAccount:CurrentAccount"
NETWORK_POLICY = "snowflake:index/networkPolicy:NetworkPolicy"

READING = {
    **dict.fromkeys(("DATABASE", "SCHEMA", "WAREHOUSE"), "USAGE"),
    **dict.fromkeys(
        ("TABLE", "VIEW", "MATERIALIZED VIEW", "EXTERNAL TABLE", "DYNAMIC TABLE"), "SELECT"
    ),
}
WHOLE_ACCOUNT = "the whole account"
SYSTEM_ROLES = frozenset(
    {"ACCOUNTADMIN", "GLOBALORGADMIN", "ORGADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"}
)
# Every account has them and nothing else blocks them. The other four Snowflake blocks by itself
# while ADDS_THE_OTHERS is on; naming one that an account does not have is an error.
MUST_BE_BLOCKED = frozenset({"SYSADMIN", "USERADMIN"})
ADDS_THE_OTHERS = (
    "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST",
    "EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST",
)
DAY = 86_400


def _is(value: Any, word: str) -> bool:
    """Flags are true or "true"; the plugin's word for an unset one is "default"."""
    return value is not None and str(value).lower() == word


def _role(name: Any) -> str:
    return str(name).strip('"').upper()


def _roles(names: Iterable[Any] | None) -> set[str]:
    return {_role(name) for name in names or ()}


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _target(props: Mapping[str, Any]) -> str:
    """What kind of thing a grant is on, in the singular."""
    if "onDatabase" in list(props):  # its value may be unknown
        return "DATABASE"
    for place in ("onSchema", "onSchemaObject", "onAccountObject"):
        on = props.get(place)
        if not on:
            continue
        inherited = on.get("inherited")
        if inherited and place == "onAccountObject":
            return WHOLE_ACCOUNT
        if isinstance(inherited, Mapping) and _is(inherited.get("inAccount"), "true"):
            return WHOLE_ACCOUNT
        if place == "onSchema":
            return "SCHEMA"
        many = inherited or on.get("all") or on.get("future")
        kind = many.get("objectTypePlural") if many else on.get("objectType")
        return str(kind).upper().removesuffix("S")
    return WHOLE_ACCOUNT


def _grants_read_only(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type not in GRANTS:
        return
    target = _target(args.props)
    everything = _is(args.props.get("allPrivileges"), "true")
    given = ["ALL PRIVILEGES"] if everything else list(args.props.get("privileges") or ())
    wrong = [privilege for privilege in given if privilege.upper() != READING.get(target)]
    if wrong:
        report_violation(
            f"Grants {', '.join(wrong)} on {target}, which is more than reading. Grant only USAGE "
            "on a database, schema or warehouse, and SELECT on tables and views.",
            None,
        )
    if _is(args.props.get("withGrantOption"), "true"):
        report_violation(
            "withGrantOption is true: the role could give to others what it may read. Leave it "
            "out.",
            None,
        )


def _grants_to_somebody(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    grantee = GRANTEE.get(args.resource_type)
    if not grantee:
        return
    try:
        role = args.props.get(grantee)
    except UnknownValueError:
        # Only something that this stack is about to make is unknown;
        # `up` checks again with its name.
        return
    if _role(role) == "PUBLIC":
        report_violation(f"Grants to {role}, which is everybody. Name a role.", None)


def _no_system_role(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != ROLE_OF:
        return
    try:
        role = args.props.get("roleName")
    except UnknownValueError:
        return  # as above: a system role is never made by a stack
    if _role(role) in SYSTEM_ROLES:
        report_violation(
            f"Grants {role}, which administers the account. Grant a role that may only read.", None
        )


def _no_authoritative_lists(
    args: ResourceValidationArgs, report_violation: ReportViolation
) -> None:
    if args.resource_type == OWNERSHIP:
        report_violation(
            "GrantOwnership takes an object from its owner, and with it the grants that the owner "
            "made. Reading needs no ownership.",
            None,
        )
    if args.resource_type in GRANTS and _is(args.props.get("strictPrivilegeManagement"), "true"):
        report_violation(
            "strictPrivilegeManagement is true: it revokes what others granted to the role. Leave "
            "it out.",
            None,
        )


def _grants_settle(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type in GRANTS and _is(args.props.get("alwaysApply"), "true"):
        report_violation(
            "alwaysApply is true: every preview shows a change, and real ones are overlooked. "
            "Leave it out and grant on all and on future objects.",
            None,
        )


def _users_are_services(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type in OTHER_USERS:
        report_violation(
            f"{args.resource_type.split(':')[-1]} may sign in with a password. Use "
            "snowflake.ServiceUser with a key pair.",
            None,
        )
    if args.resource_type == SERVICE_USER:
        wrong = [name for name in args.props if "password" in name.lower() or "Mfa" in name]
        if wrong:
            report_violation(
                f"Only users with a password have {_list(wrong)}. Leave it out.",
                None,
            )


def _secondary_roles_off(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type == SERVICE_USER:
        chosen = args.props.get("defaultSecondaryRolesOption")
        if not _is(chosen, "none"):
            report_violation(
                f"defaultSecondaryRolesOption is {chosen or 'not set'}: every role that the user "
                "is ever given counts in every session. Set it to NONE.",
                None,
            )
    if args.resource_type == OAUTH:
        chosen = args.props.get("oauthUseSecondaryRoles")
        if chosen and not _is(chosen, "none"):  # unset is NONE here
            report_violation(
                f"oauthUseSecondaryRoles is {chosen}: a session has more than the role that the "
                "person agreed to. Set it to NONE.",
                None,
            )


def _oauth_redirects_https(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != OAUTH:
        return
    uri = str(args.props.get("oauthRedirectUri"))
    parts = urlsplit(uri)
    if parts.scheme != "https" or not parts.netloc or "*" in uri:
        # The plugin takes the address for a secret, so only its beginning is shown.
        report_violation(
            f"Redirect {parts.scheme}://{parts.hostname or ''} is not one exact https address: "
            "tokens could reach somebody else. Write it in full.",
            None,
        )
    if _is(args.props.get("oauthAllowNonTlsRedirectUri"), "true"):
        report_violation(
            "oauthAllowNonTlsRedirectUri is true: tokens could travel unencrypted. Leave it out.",
            None,
        )


def _oauth_pkce(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != OAUTH:
        return
    chosen = args.props.get("oauthEnforcePkce")
    if not _is(chosen, "true"):
        report_violation(
            f"oauthEnforcePkce is {chosen or 'not set'}, which Snowflake takes for off: a stolen "
            'code is enough to sign in. Set it to "true".',
            None,
        )


def _oauth_roles_blocked(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type == OAUTH:
        _require_blocked("blockedRolesLists", args, report_violation)
        _require_unprivileged("preAuthorizedRolesLists", args, report_violation)
        _require_unprivileged("allowedRolesLists", args, report_violation)
    elif args.resource_type == EXTERNAL_OAUTH:
        # With a list of what is allowed, nothing else can be used, and there is no other list.
        if not args.props.get("externalOauthAllowedRolesLists"):
            _require_blocked("externalOauthBlockedRolesLists", args, report_violation)
        _require_unprivileged("externalOauthAllowedRolesLists", args, report_violation)
    elif args.resource_type == PARAMETER:
        parameter = _role(args.props.get("key"))
        if parameter in ADDS_THE_OTHERS and _is(args.props["value"], "false"):
            _report_unblocked(parameter, report_violation)
    elif args.resource_type == ACCOUNT:
        for key, parameter in zip(
            (
                "oauthAddPrivilegedRolesToBlockedList",
                "externalOauthAddPrivilegedRolesToBlockedList",
            ),
            ADDS_THE_OTHERS,
            strict=True,
        ):
            if _is(args.props.get(key), "false"):
                _report_unblocked(parameter, report_violation)


def _require_blocked(
    key: str, args: ResourceValidationArgs, report_violation: ReportViolation
) -> None:
    missing = MUST_BE_BLOCKED - _roles(args.props.get(key))
    if missing:
        report_violation(
            f"{key} lacks {_list(missing)}, and nothing else keeps it out of sessions through "
            "Cube. List it.",
            None,
        )


def _require_unprivileged(
    key: str, args: ResourceValidationArgs, report_violation: ReportViolation
) -> None:
    wrong = SYSTEM_ROLES & _roles(args.props.get(key))
    if wrong:
        report_violation(
            f"{key} has {_list(wrong)}, which administers the account. Take it out.", None
        )


def _report_unblocked(parameter: str, report_violation: ReportViolation) -> None:
    report_violation(
        f"{parameter} is false: {_list(SYSTEM_ROLES - MUST_BE_BLOCKED)} could be used "
        "through every OAuth client of the account. Leave it true.",
        None,
    )


def _external_tokens_bounded(
    args: ResourceValidationArgs, report_violation: ReportViolation
) -> None:
    if args.resource_type != EXTERNAL_OAUTH:
        return
    mode = args.props.get("externalOauthAnyRoleMode")
    if mode and not _is(mode, "disable"):  # unset is DISABLE
        report_violation(
            f"externalOauthAnyRoleMode is {mode}: a session may have roles that its token does "
            "not name. Set it to DISABLE.",
            None,
        )
    for url in args.props.get("externalOauthJwsKeysUrls") or ():
        if urlsplit(url).scheme != "https":
            report_violation(
                f"externalOauthJwsKeysUrls has {url}, which is not https: whoever is in between "
                "could sign in as anybody. Use https.",
                None,
            )


def _oauth_sign_in_ends(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != OAUTH:
        return
    seconds = args.props.get("oauthRefreshTokenValidity")
    # Unset, which the plugin writes as -1, is the longest that Snowflake allows.
    if seconds not in (None, -1) and not DAY <= seconds <= 90 * DAY:
        report_violation(
            f"oauthRefreshTokenValidity is {int(seconds)} s. Choose {DAY} (a day) to {90 * DAY} "
            "(90 days).",
            None,
        )


def _network_bounded(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != NETWORK_POLICY:
        return
    networks = []
    for address in args.props.get("allowedIpLists") or ():
        try:
            networks.append(ipaddress.IPv4Network(address, strict=False))
        except ValueError:
            continue  # Snowflake refuses it
    if any(network.prefixlen == 0 for network in ipaddress.collapse_addresses(networks)):
        report_violation(
            "allowedIpLists together are 0.0.0.0/0, the whole internet. Name Cube's addresses.",
            None,
        )


RULES: Sequence[Policy] = [
    ResourceValidationPolicy(
        name="snowflake-grants-read-only",
        description="Grants give reading only, and not the right to pass it on.",
        validate=_grants_read_only,
    ),
    ResourceValidationPolicy(
        name="snowflake-grants-to-somebody",
        description="Nothing is granted to everybody.",
        validate=_grants_to_somebody,
    ),
    ResourceValidationPolicy(
        name="snowflake-system-roles-ungranted",
        description="No role that administers the account is granted.",
        validate=_no_system_role,
    ),
    ResourceValidationPolicy(
        name="snowflake-access-lists-additive",
        description="No resource takes away what others own or were given.",
        validate=_no_authoritative_lists,
    ),
    ResourceValidationPolicy(
        name="snowflake-grants-settle",
        description="A grant that is made shows no change in the next preview.",
        validate=_grants_settle,
    ),
    ResourceValidationPolicy(
        name="snowflake-users-are-services",
        description="Users are service users, which have no password.",
        validate=_users_are_services,
    ),
    ResourceValidationPolicy(
        name="snowflake-secondary-roles-off",
        description="A session has one role, for the service account and through OAuth.",
        validate=_secondary_roles_off,
    ),
    ResourceValidationPolicy(
        name="snowflake-oauth-redirects-https",
        description="The OAuth redirect is one exact https address.",
        validate=_oauth_redirects_https,
    ),
    ResourceValidationPolicy(
        name="snowflake-oauth-pkce",
        # A warning: a client that cannot do PKCE is a reason, which cube-access:oauthEnforcePkce
        # leaves room for.
        enforcement_level=EnforcementLevel.ADVISORY,
        description="OAuth sign-in takes PKCE.",
        validate=_oauth_pkce,
    ),
    ResourceValidationPolicy(
        name="snowflake-oauth-privileged-roles-blocked",
        description="No role that administers the account can be used through OAuth.",
        validate=_oauth_roles_blocked,
    ),
    ResourceValidationPolicy(
        name="snowflake-external-tokens-bounded",
        description="An identity provider's token gives only the roles it names; keys use https.",
        validate=_external_tokens_bounded,
    ),
    ResourceValidationPolicy(
        name="snowflake-oauth-sign-in-ends",
        description="A sign-in lasts between one day and 90 days.",
        validate=_oauth_sign_in_ends,
    ),
    ResourceValidationPolicy(
        name="snowflake-network-bounded",
        description="A network policy does not allow the whole internet.",
        validate=_network_bounded,
    ),
]
