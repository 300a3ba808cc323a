"""What no preview may do on Databricks: widen access, or replace what other people were given."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from pulumi_policy import (
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

GRANT = "databricks:index/grant:Grant"
AUTHORITATIVE = {
    "databricks:index/grants:Grants": "removes everybody's privileges that it does not list",
    "databricks:index/permissions:Permissions": (
        "removes everybody's permissions that it does not list and makes the deployer the owner"
    ),
}
APP = "databricks:index/customAppIntegration:CustomAppIntegration"
READ_PRIVILEGES = frozenset({"USE_CATALOG", "USE_SCHEMA", "SELECT", "BROWSE"})
# Our own dynamic resource for one entry of an access control list.
PERMISSION = "pulumi-python:dynamic/databricks:Permission"
EVERYBODY = frozenset({"account users", "users"})


def _grants_read_only(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != GRANT:
        return
    # Databricks takes "use catalog" and "USE_CATALOG" for the same privilege.
    given = [str(privilege) for privilege in args.props.get("privileges", [])]
    wrong = [p for p in given if "_".join(p.upper().split()) not in READ_PRIVILEGES]
    if wrong:
        report_violation(
            f"Grants {', '.join(wrong)}, which is more than reading. "
            f"Grant only {', '.join(sorted(READ_PRIVILEGES))}.",
            None,
        )


def _grants_to_somebody(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type not in (GRANT, PERMISSION):
        return
    try:
        principal = args.props.get("principal")
    except UnknownValueError:
        # Only something that this stack is about to make is unknown;
        # `up` checks again with its name.
        return
    if str(principal).lower() in EVERYBODY:
        report_violation(
            f"Grants to {principal}, which is everybody. Name a service principal or a group.", None
        )


def _no_authoritative_lists(
    args: ResourceValidationArgs, report_violation: ReportViolation
) -> None:
    effect = AUTHORITATIVE.get(args.resource_type)
    if effect:
        report_violation(
            f"{args.resource_type.split(':')[-1]} {effect}. Use databricks.Grant, or "
            "components/databricks/permission.py.",
            None,
        )


def _oauth_redirects_https(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type != APP:
        return
    for uri in args.props.get("redirectUrls", []):
        if urlsplit(uri).scheme != "https" or "*" in uri:
            report_violation(
                f"Redirect {uri} is not one exact https address: tokens could reach somebody "
                "else. Write it in full.",
                None,
            )


def _oauth_scopes_narrow(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.resource_type == APP and "all-apis" in args.props.get("scopes", []):
        report_violation(
            "Scope all-apis gives Cube every API that the person has. Use sql and offline_access.",
            None,
        )


RULES: Sequence[Policy] = [
    ResourceValidationPolicy(
        name="grants-read-only",
        description="Grants give reading only.",
        validate=_grants_read_only,
    ),
    ResourceValidationPolicy(
        name="grants-to-somebody",
        description="Nothing is granted to everybody.",
        validate=_grants_to_somebody,
    ),
    ResourceValidationPolicy(
        name="access-lists-additive",
        description="No resource replaces the permissions that others were given.",
        validate=_no_authoritative_lists,
    ),
    ResourceValidationPolicy(
        name="oauth-redirects-https",
        description="OAuth redirects are exact https addresses.",
        validate=_oauth_redirects_https,
    ),
    ResourceValidationPolicy(
        name="oauth-scopes-narrow",
        description="The OAuth app asks for no more than Cube needs.",
        validate=_oauth_scopes_narrow,
    ),
]
