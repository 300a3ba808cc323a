"""Which roles a session through OAuth can have."""

from __future__ import annotations

from typing import Any

from ..kinds import ALLOWED_ROLES, CUSTOM_OAUTH, EXTERNAL_OAUTH, PARTNER_OAUTH, snowflake
from ..principals import BLOCKING_PARAMETERS, MUST_BE_BLOCKED
from ..rule import CRITICAL, HIGH, Judged, Report, Rule
from ..values import SYSTEM_ROLES, identifier, is_word, listed
from .addresses import ABOUT_EXTERNAL, ABOUT_OAUTH

OAUTH = CUSTOM_OAUTH | PARTNER_OAUTH
PARAMETER = snowflake("AccountParameter")
ACCOUNT = snowflake("CurrentAccount", "CurrentOrganizationAccount")
# As the plugin reads a parameter's value.
TRUE = frozenset({"true", "t", "1"})
# As the account's own resources call the parameters.
ADDS_THE_OTHERS = dict(
    zip(
        ("oauthAddPrivilegedRolesToBlockedList", "externalOauthAddPrivilegedRolesToBlockedList"),
        BLOCKING_PARAMETERS,
        strict=True,
    )
)
BLOCKED = {
    **dict.fromkeys(OAUTH, "blockedRolesLists"),
    **dict.fromkeys(EXTERNAL_OAUTH, "externalOauthBlockedRolesLists"),
}
ALLOWED = "externalOauthAllowedRolesLists"
# No list of roles that may be used holds one that administers.
USABLE = ("preAuthorizedRolesLists", "allowedRolesLists", ALLOWED)


def _one_role(judged: Judged, report: Report) -> None:
    if judged.kind in EXTERNAL_OAUTH:
        mode = judged.props.get("externalOauthAnyRoleMode")
        if mode and not is_word(mode, "disable"):  # unset is DISABLE
            report(f"externalOauthAnyRoleMode is {mode}: roles that the token does not name count.")
        return
    chosen = judged.props.get("oauthUseSecondaryRoles")
    if chosen and not is_word(chosen, "none"):  # unset is NONE here
        report(f"oauthUseSecondaryRoles is {chosen}: a session has roles nobody agreed to.")


def _roles_blocked(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in PARAMETER:
        parameter = identifier(props.get("key"))
        is_on = any(is_word(props["value"], word) for word in TRUE)
        if parameter in ADDS_THE_OTHERS.values() and not is_on:
            _report_unblocked(parameter, report)
    elif judged.kind in ACCOUNT:
        for key, parameter in ADDS_THE_OTHERS.items():
            if is_word(props.get(key), "false"):
                _report_unblocked(parameter, report)
    # With a list of what is allowed, nothing else can be used, and there is no other list.
    elif judged.kind not in EXTERNAL_OAUTH or not props.get(ALLOWED):
        key = BLOCKED[judged.kind]
        names = judged.known(props.get(key))
        lacking = MUST_BE_BLOCKED - {identifier(name) for name in names}
        if not lacking:
            judged.missing.clear()
        elif not judged.missing:  # what is not known may be just these
            report(f"{key} lacks {listed(lacking)}, and nothing else keeps it out of sessions.")


def _report_unblocked(parameter: str, report: Report) -> None:
    report(f"{parameter} is false: {listed(SYSTEM_ROLES - MUST_BE_BLOCKED)} could be used.")


def block_roles(kind: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    """Adds what is missing; a list that is not known yet is left to the check."""
    key = BLOCKED.get(kind)
    given = inputs.get(key) if key else None
    if key is None or inputs.get(ALLOWED) or not (given is None or isinstance(given, list)):
        return None
    names = given or []
    lacking = MUST_BE_BLOCKED - {identifier(name) for name in names if isinstance(name, str)}
    return {**inputs, key: [*names, *sorted(lacking)]} if lacking else None


def _roles_unauthorized(judged: Judged, report: Report) -> None:
    for key in ("roles",) if judged.kind == ALLOWED_ROLES else USABLE:
        with judged.later():
            names = judged.known(judged.props.get(key))
            wrong = SYSTEM_ROLES & {identifier(name) for name in names}
            if wrong:
                report(f"{key} has {listed(wrong)}, which administers the account.")


RULES = [
    Rule(
        name="oauth-one-role",
        description="A session through OAuth has the role that its token names, and no other.",
        why="Secondary roles add everything else that the person has.",
        fix='Set oauthUseSecondaryRoles to "NONE", externalOauthAnyRoleMode to "DISABLE".',
        url=ABOUT_OAUTH,
        severity=HIGH,
        kinds=OAUTH | EXTERNAL_OAUTH,
        check=_one_role,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="oauth-admin-roles-blocked",
        description="No role that administers the account can be used through OAuth.",
        why="An administrator's token in Cube would be an administrator's session.",
        fix="List SYSADMIN and USERADMIN as blocked, and leave the account's parameter true.",
        url=ABOUT_OAUTH,
        severity=CRITICAL,
        kinds=OAUTH | EXTERNAL_OAUTH | PARAMETER | ACCOUNT,
        check=_roles_blocked,
        remedy=block_roles,
        references=[("NIST 800-53", "AC-6(5)")],
    ),
    Rule(
        name="oauth-admin-roles-unauthorized",
        description="No role that administers the account is authorized for a client in advance.",
        why="It would be given without the person being asked.",
        fix="Take it out.",
        url=ABOUT_EXTERNAL,
        severity=CRITICAL,
        kinds=OAUTH | EXTERNAL_OAUTH | {ALLOWED_ROLES},
        check=_roles_unauthorized,
        references=[("NIST 800-53", "AC-6(5)")],
    ),
]
