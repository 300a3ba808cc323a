"""Users of TYPE = SERVICE, one for each service."""

from __future__ import annotations

from pulumi_policy import PolicyResource

from ..kinds import EXTERNAL_OAUTH, OTHER_USERS, SERVICE_USER, kind_of, snowflake
from ..rule import CRITICAL, HIGH, Judged, Report, ReportOn, Rule, Stack
from ..stored import CREDENTIALS, PUBLIC_KEYS, credentials, stores
from ..values import SYSTEM_ROLES, identifier, is_set, is_unknown, is_word, listed

LEGACY_USER, PERSON = snowflake("LegacyServiceUser"), snowflake("User")
AUTHENTICATION = snowflake("AuthenticationPolicy")
BY_PASSWORD = frozenset({"ALL", "PASSWORD"})
NO_MFA = ("disableMfa", "minsToBypassMfa")
USERS = SERVICE_USER | OTHER_USERS
PUBLIC_KEYS_OF = snowflake("UserPublicKeys")
ABOUT_USERS = "https://docs.snowflake.com/en/user-guide/admin-user-management"
ABOUT_CREATE = "https://docs.snowflake.com/en/sql-reference/sql/create-user"
ABOUT_KEYS = "https://docs.snowflake.com/en/user-guide/key-pair-auth"


def _users_are_services(judged: Judged, report: Report) -> None:
    if judged.kind in LEGACY_USER:
        report(f"{judged.type_name} may sign in with a password.")
        return
    if judged.kind in PERSON:
        _person(judged, report)
        return
    if judged.kind in AUTHENTICATION:
        ways = {way.upper() for way in judged.known(judged.props.get("authenticationMethods"))}
        optional = is_word(judged.props.get("mfaEnrollment"), "optional")
        if optional and (not ways or ways & BY_PASSWORD):
            report("mfaEnrollment is OPTIONAL: a person signs in with a password alone.")
        return
    wrong = [name for name in judged.props if "password" in name.lower() or "Mfa" in name]
    if wrong:
        report(f"Only users with a password have {listed(wrong)}.")


def _person(judged: Judged, report: Report) -> None:
    """A person who signs in by SSO has neither a password nor a key."""
    if is_set(judged.props, "password"):
        report("It has a password, where a person signs in by SSO, and a machine by a key pair.")
    if any(is_set(judged.props, key) for key in PUBLIC_KEYS):
        report("It has a key pair, as a machine has: TYPE = PERSON may have a password, too.")
    for key in NO_MFA:
        with judged.later():
            value = judged.props.get(key)
            number = isinstance(value, str) and value.isdigit() and int(value) > 0
            if is_word(value, "true") or number or (isinstance(value, float | int) and value > 0):
                report(f"{key} is {value}: the person signs in with a password alone.")


def _default_roles_not_admin(judged: Judged, report: Report) -> None:
    if is_unknown(judged.props, "defaultRole"):
        return  # of a role that this stack makes, or `unknowns-named` tells of it
    role = judged.props.get("defaultRole")
    if identifier(role) in SYSTEM_ROLES:
        report(f"defaultRole is {role}, which administers the account, in every session.")


def _secondary_roles_off(judged: Judged, report: Report) -> None:
    chosen = judged.props.get("defaultSecondaryRolesOption")
    if not is_word(chosen, "none"):
        report(
            f"defaultSecondaryRolesOption is {chosen or 'not set'}: every role that the user is "
            "ever given counts in every session."
        )


def _sign_in_by_key(stack: Stack, report: ReportOn) -> None:
    kinds = {kind_of(resource.resource_type) for resource in stack.resources}
    if kinds & EXTERNAL_OAUTH:
        return  # an identity provider's token signs them in
    with_keys = {
        _name(resource)
        for resource in stack.resources
        if kind_of(resource.resource_type) in PUBLIC_KEYS_OF
    }
    for resource in stack.resources:
        if kind_of(resource.resource_type) not in SERVICE_USER or _name(resource) in with_keys:
            continue
        ways = (*PUBLIC_KEYS, "defaultWorkloadIdentity")
        if not any(is_unknown(resource.props, k) or resource.props.get(k) for k in ways):
            report(
                f"The user {_name(resource)} has no public key: nothing signs it in.", resource.urn
            )


def _name(resource: PolicyResource) -> str:
    if is_unknown(resource.props, "name"):
        return resource.name
    name: str = resource.props.get("name") or resource.name
    return name


def _identities_not_shared(stack: Stack, report: ReportOn) -> None:
    made = credentials(stack.resources)
    names = {credential.owner: credential.owner_name for credential in made}
    for owner, secrets in stores(stack.resources, made).items():
        if len(secrets) > 1:
            last = list(secrets.values())[-1]
            report(
                f"{names[owner]} has credentials in {len(secrets)} secrets: two services are one "
                "identity, with each other's rights and one line in the log.",
                last.urn,
            )
    seen: set[str] = set()
    for resource in stack.resources:
        if kind_of(resource.resource_type) in USERS:
            name = _name(resource).upper()
            if name in seen:
                report(f"Two resources are the user {_name(resource)}.", resource.urn)
            seen.add(name)


RULES = [
    Rule(
        name="users-are-services",
        description="A service is a service user; nobody has a password.",
        why="A password is phished, guessed and shared; a machine needs none.",
        fix="For a service use snowflake.ServiceUser with a key pair; for a person leave the "
        "password and the keys out, and let SSO sign in; with a password ask for MFA.",
        url=ABOUT_USERS,
        severity=HIGH,
        kinds=USERS | AUTHENTICATION,
        check=_users_are_services,
        references=[("CIS Snowflake 1.0.0", "1.6"), ("NIST 800-53", "IA-5")],
    ),
    Rule(
        name="default-roles-not-admin",
        description="No user's default role administers the account.",
        why="Every session would begin with the right to do everything.",
        fix="Name the role that the service needs.",
        url=ABOUT_CREATE,
        severity=CRITICAL,
        kinds=USERS,
        check=_default_roles_not_admin,
        references=[("CIS Snowflake 1.0.0", "1.12"), ("NIST 800-53", "AC-6(5)")],
    ),
    Rule(
        name="secondary-roles-off",
        description="A service user's session has one role.",
        why="Not set means ALL: what is granted by hand some day counts in every session.",
        fix="Set it to NONE.",
        url=ABOUT_CREATE,
        severity=HIGH,
        kinds=SERVICE_USER,
        check=_secondary_roles_off,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="service-users-sign-in-by-key",
        description="A service user signs in by key pair, workload identity or External OAuth.",
        why="Without one somebody will make a token by hand, which nobody rotates.",
        fix="Set rsaPublicKey.",
        url=ABOUT_KEYS,
        severity=HIGH,
        kinds=SERVICE_USER,
        stack_check=_sign_in_by_key,
        references=[("CIS Snowflake 1.0.0", "1.6"), ("NIST 800-53", "IA-5")],
    ),
    Rule(
        name="identities-not-shared",
        description="Each service has an identity of its own.",
        why="Shared, its rights are the sum of two services', and the log cannot tell them apart.",
        fix="Make a service account for each.",
        url=ABOUT_USERS,
        severity=HIGH,
        kinds=USERS | frozenset(CREDENTIALS),
        stack_check=_identities_not_shared,
        references=[("NIST 800-53", "AC-6")],
    ),
]
