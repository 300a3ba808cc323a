"""Who may act as an identity: by a role on it, by running under it, by a credential for it, or by
tokens of another issuer that are taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from ..graph import GROUPS
from ..kinds import (
    ACCOUNT_FEDERATION,
    FEDERATION,
    OTHER_USERS,
    PRINCIPAL_FEDERATION,
    PRINCIPALS,
    SERVICE_USER,
    databricks,
    kind_of,
    snowflake,
)
from ..ours import Ours, allowed, normal, shown, sources
from ..rule import CRITICAL, HIGH, Judged, Report, ReportOn, Rule, Stack, names
from ..values import UNKNOWN, Unknown, each_of, is_unseen, is_word, peek

RULE_SETS, PERMISSIONS = databricks("AccessControlRuleSet"), databricks("Permissions")
# Of roles on an account's objects: those by which one acts as another, or decides who may.
LENDING = re.compile(r"roles/(serviceprincipal\.(user|manager)|group\.(manager|assumer))$", re.I)
PEOPLE = databricks("User", "AccountIamUserV2", "WorkspaceIamUserV2")
SNOWFLAKE_USERS = SERVICE_USER | OTHER_USERS
AWS_USERS = frozenset({"aws.user"})
# Where a resource runs as somebody: the property, the one in it, and what that must be.
RUNS_AS: dict[str, tuple[tuple[str, str, frozenset[str]], ...]] = {
    **dict.fromkeys(
        databricks("Job", "Pipeline", "AlertV2"),
        (
            ("runAs", "servicePrincipalName", PRINCIPALS),
            ("runAs", "userName", PEOPLE),
            ("runAs", "groupName", GROUPS),
            ("runAsUserName", "", PRINCIPALS | PEOPLE),
        ),
    ),
    **dict.fromkeys(databricks("AppSpace"), (("assumeGroupId", "", GROUPS),)),
    # Whoever opens an app in a space is of the space's group there.
    **dict.fromkeys(databricks("App"), (("space", "", databricks("AppSpace")),)),
    **dict.fromkeys(snowflake("Task"), (("executeAsUser", "", SNOWFLAKE_USERS),)),
    **dict.fromkeys(
        snowflake("OpenflowRuntime"), (("executeAsRole", "", snowflake("AccountRole", "Role")),)
    ),
}
# What runs as its owner, by the property that names it in a list of permissions.
OWNED_RUNS = ("jobId", "pipelineId")
# Whoever may look runs these with the rights of whoever owns them.
AS_OWNER = databricks("Query", "SqlQuery", "SqlDashboard")
# A workspace's own setting by which its administrators run anything as anybody.
ADMINS_SETTINGS = databricks(
    "RestrictWorkspaceAdminsSetting", "WorkspaceSettingV2", "AccountSettingV2"
)
# Credentials and ways in: the property that says for whom, and what that must be.
WAYS_IN: dict[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(
        databricks("ServicePrincipalSecret", "ServicePrincipalFederationPolicy"),
        ("servicePrincipalId", PRINCIPALS),
    ),
    **dict.fromkeys(databricks("OboToken"), ("applicationId", PRINCIPALS)),
    **dict.fromkeys(databricks("GitCredential"), ("principalId", PRINCIPALS)),
    **dict.fromkeys(snowflake("UserPublicKeys"), ("name", SNOWFLAKE_USERS)),
    **dict.fromkeys(snowflake("UserProgrammaticAccessToken"), ("user", SNOWFLAKE_USERS)),
    **dict.fromkeys(snowflake("UserAuthenticationPolicyAttachment"), ("userName", SNOWFLAKE_USERS)),
    **dict.fromkeys(
        (
            *("aws.accesskey", "aws.userloginprofile", "aws.servicespecificcredential"),
            *("aws.sshkey", "aws.signingcertificate"),
        ),
        ("user", AWS_USERS),
    ),
}
WORKLOADS = SNOWFLAKE_USERS
SUBJECT = "sub"
ANYBODY = re.compile(r"[*?]")
ABOUT_ROLES = (
    "https://docs.databricks.com/aws/en/security/auth/access-control/service-principal-acl"
)
ABOUT_RUN_AS = "https://docs.databricks.com/aws/en/jobs/privileges"
ABOUT_FEDERATION = "https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-policy"


def _identities_not_lent(judged: Judged, report: Report) -> None:
    if judged.kind in ADMINS_SETTINGS:
        with judged.later():
            setting = judged.props.get("restrictWorkspaceAdmins") or {}
            if is_word(setting.get("status"), "allow_all"):
                report(
                    "restrictWorkspaceAdmins is ALLOW_ALL: a workspace administrator makes tokens "
                    "for every service principal, and runs jobs as any."
                )
        return
    known = allowed(judged.limits["principals"])
    for rule in judged.known(judged.props.get("grantRules")):
        with judged.later():
            role = rule.get("role") or ""
            if not LENDING.search(role):
                continue
            for principal in judged.known(rule.get("principals")):
                if normal(principal) not in known:
                    report(f"Gives {role} to {principal}, who may then act as that identity.")


def _runs_as(resource: PolicyResource) -> Iterator[tuple[str, str, Any, frozenset[str]]]:
    """The property, what it is called in a message, its value, and what it must be."""
    kind = kind_of(resource.resource_type)
    for key, inside, kinds in RUNS_AS.get(kind, ()):
        value = peek(resource.props, key)
        # Of a part that an export hides nothing is known; else it is an object.
        if inside and value is not None and not isinstance(value, str | Unknown):
            value = peek(value, inside)
        if value is not None and value != "":
            yield key, f"{key}.{inside}".rstrip("."), value, kinds


def _runs_as_own_identity(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    identities = stack.limits["identities"]
    for resource in stack.resources:
        kind = kind_of(resource.resource_type)
        for key, path, value, kinds in _runs_as(resource):
            if not ours.judgeable(value, sources(resource, key), key):
                continue
            if value is UNKNOWN:
                kinds = kinds | PRINCIPALS | PEOPLE | GROUPS
            known = normal(value, kind) in allowed(identities, kind)
            last = path.rpartition(".")[2]
            if ours.has(value, sources(resource, key), kinds, last) or known:
                continue
            report(
                f"{path} is {shown(value)}, which this stack does not make: whoever may change "
                "what runs acts as that identity.",
                resource.urn,
            )
        if kind in PERMISSIONS and any(peek(resource.props, key) for key in OWNED_RUNS):
            _owners_of_runs(resource, ours, identities, report)
        modes = [peek(resource.props, mode) for mode in ("runAsMode", "runAsRole")]
        if kind in AS_OWNER and any(is_word(mode, "owner") for mode in modes):
            report("It runs as its owner for everybody who may open it: set VIEWER.", resource.urn)


def _owners_of_runs(
    resource: PolicyResource, ours: Ours, identities: Any, report: ReportOn
) -> None:
    """A job runs as its owner, where nothing else is said."""
    for entry in each_of(resource.props, "accessControls"):
        if not isinstance(entry, Mapping) or not is_word(
            peek(entry, "permissionLevel"), "is_owner"
        ):
            continue
        for key, kinds in (("userName", PEOPLE), ("servicePrincipalName", PRINCIPALS)):
            value, made = peek(entry, key), sources(resource, "accessControls")
            if not value or is_unseen(value) or normal(value) in allowed(identities):
                continue
            if not ours.has(value, made, kinds, key):
                report(
                    f"IS_OWNER is {shown(value)}, which this stack does not make: it runs as that "
                    "identity.",
                    resource.urn,
                )


def _credentials_for_own(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    identities = stack.limits["identities"]
    for resource in stack.resources:
        kind = kind_of(resource.resource_type)
        key, kinds = WAYS_IN.get(kind, ("", frozenset()))
        if not key:
            continue
        if kinds == AWS_USERS and peek(resource.props, key) is None:
            key = f"{key}Name"  # as the other SDK of AWS has it
        value = peek(resource.props, key)
        made = sources(resource, key)
        if not ours.judgeable(value, made, key):
            continue
        known = normal(value, kind) in allowed(identities, kind)
        if ours.has(value, made, kinds, key) or known:
            continue
        name = resource.resource_type.rsplit(":", 1)[-1]
        report(
            f"{name} is for {shown(value)}, which this stack does not make: it signs somebody in "
            "as that identity.",
            resource.urn,
        )


def _federation_bounded(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in ACCOUNT_FEDERATION:
        with judged.later():
            issuer = (props.get("oidcPolicy") or {}).get("issuer") or "an issuer"
            if issuer not in judged.limits["issuers"]:
                report(
                    f"{issuer} can sign in everybody of the account, by the claim that it writes."
                )
        return
    if judged.kind in PRINCIPAL_FEDERATION:
        with judged.later():
            policy = props.get("oidcPolicy") or {}
            claim = policy.get("subjectClaim") or SUBJECT
            if claim not in judged.limits["subjectClaims"]:
                report(
                    f"oidcPolicy.subjectClaim is {claim}: tokens of other people's programs can "
                    "have the same."
                )
            _exact(policy.get("subject"), "oidcPolicy.subject", report)
        return
    with judged.later():
        workload = props.get("defaultWorkloadIdentity") or {}
        for way, key in (
            ("aws", "arn"),
            ("azure", "subject"),
            ("gcp", "subject"),
            ("oidc", "subject"),
        ):
            with judged.later():
                if inside := workload.get(way):
                    _exact(inside.get(key), f"defaultWorkloadIdentity.{way}.{key}", report)


def _exact(subject: Any, path: str, report: Report) -> None:
    if not subject:
        report(f"{path} is not set: every token of that issuer signs in.")
    elif ANYBODY.search(subject):
        report(f"{path} is {subject}: a pattern, which others can meet.")


RULES = [
    Rule(
        name="identities-not-lent",
        description="Nobody may act as a service principal or a group, or decide who may.",
        why="Whoever may act as an identity has all that it has, and the log shows its name.",
        fix="Take the role out, or name the principal in the rule's `principals`.",
        url=ABOUT_ROLES,
        severity=CRITICAL,
        kinds=RULE_SETS | ADMINS_SETTINGS,
        check=_identities_not_lent,
        limits={"principals": names("Who may: groups/…, users/… or servicePrincipals/…")},
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="runs-as-own-identity",
        description="What runs as somebody runs as an identity of the same stack.",
        why="Whoever may edit a job, a pipeline or an alert has the rights that it runs with.",
        fix="Run it as a service principal of this stack, or name the identity in `identities`.",
        url=ABOUT_RUN_AS,
        severity=HIGH,
        kinds=frozenset(RUNS_AS) | AS_OWNER | PERMISSIONS,
        stack_check=_runs_as_own_identity,
        limits={"identities": names("Application ids, user names and roles of other stacks.")},
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="credentials-for-own-identities",
        description="A credential, or a way to sign in, is for an identity of the same stack.",
        why="A new key for somebody else's user is that user, and its owner does not know.",
        fix="Make the identity here, or name it in `identities`.",
        url="https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m",
        severity=CRITICAL,
        kinds=frozenset(WAYS_IN),
        stack_check=_credentials_for_own,
        limits={"identities": names("Ids or names of identities of other stacks.")},
        references=[("NIST 800-53", "IA-5")],
    ),
    Rule(
        name="federation-bounded",
        description="Another issuer's tokens sign in one identity, by an exact subject.",
        why="A subject with a pattern, or none, is met by tokens of other people's programs.",
        fix="Write the one subject in full; an account's issuer is named in `issuers`.",
        url=ABOUT_FEDERATION,
        severity=CRITICAL,
        kinds=FEDERATION | WORKLOADS,
        check=_federation_bounded,
        limits={
            "issuers": names("Issuers that may sign in everybody of the Databricks account."),
            "subjectClaims": names("Claims that say whose a token is.", [SUBJECT]),
        },
        references=[("NIST 800-53", "IA-5")],
    ),
]
