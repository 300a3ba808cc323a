"""AWS: who is named in a policy document, and what it lets him do. A document is judged wherever
one stands, whatever the type of the resource is called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .documents import is_public, many, statements
from .rule import CRITICAL, HIGH, Judged, Report, Rule
from .values import UNKNOWN, leaves, peek

AWS = "aws"
# Judged by secret-stores-private, which says more of them.
SECRETS = frozenset({"aws.secret", "aws.secretpolicy"})
# Actions that are, or lead to, all others; and those that read every secret.
EVERYTHING = re.compile(
    r"\*|(iam|sts|organizations|secretsmanager|ssm|kms|redshift|lakeformation):\*"
    r"|iam:(passrole|put\w+policy|attach\w+policy|create(accesskey|policyversion|loginprofile)"
    r"|update(assumerolepolicy|loginprofile)|setdefaultpolicyversion|adduserto\w+)"
    r"|secretsmanager:(getsecretvalue|\*value)|sts:assumerole"
)
ADMIN_POLICIES = re.compile(
    r"arn:[\w-]+:iam::aws:policy/(job-function/)?"
    r"(AdministratorAccess[\w-]*|PowerUserAccess|IAMFullAccess|SecretsManagerReadWrite"
    r"|SystemAdministrator|DatabaseAdministrator|AWSLakeFormationDataAdmin)"
)
POLICY_ARNS = frozenset({"policyArn", "policyArns", "managedPolicyArns", "managedPolicyArn"})
# A principal that stands alone, in a property.
PRINCIPALS = frozenset({"principal", "principals", "allowedPrincipals"})
BOUND = ("sourceArn", "sourceAccount", "principalOrgId")
PUBLIC_ACL = frozenset({"public-read", "public-read-write", "authenticated-read"})
UNBLOCKED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ABOUT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"


def _documents(props: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each policy document, by the property that holds it."""
    for key in props:
        value = peek(props, key)
        if isinstance(value, Mapping) and "Statement" in list(value):
            yield str(key), value
            continue
        for path, _, text in leaves(value, str(key), str(key)):
            if isinstance(text, str) and '"Statement"' in text:
                try:
                    document = json.loads(text)
                except ValueError:
                    continue
                if isinstance(document, Mapping):
                    yield path, document


def _cloud_policies_private(judged: Judged, report: Report) -> None:
    if judged.kind in SECRETS:
        return
    props = judged.props
    for path, document in _documents(props):
        for statement in statements(document):
            if is_public(statement):
                report(f"{path} allows everybody: its principal is *, or all but some.")
            elif unbound := _any_token(statement):
                report(f"{path} trusts {unbound} and every subject of it: name the one in :sub.")
    bound = any(key in list(props) for key in BOUND)
    for key in PRINCIPALS:
        value = peek(props, key) if key in list(props) else None
        if "*" in many(value if value is not UNKNOWN else None) and not bound:
            report(f"{key} is *: everybody with an AWS account.")
    with judged.later():
        if props.get("acl") in PUBLIC_ACL:
            report(f"acl is {props['acl']}: the bucket can be read without an account.")
    if judged.kind == "aws.bucketpublicaccessblock":
        off = [key for key in UNBLOCKED if peek(props, key) is False] if props else []
        if off:
            report(f"{', '.join(off)} is false: AWS would not refuse a public bucket.")


def _any_token(statement: Mapping[str, Any]) -> str:
    """An identity provider whose every token is trusted; empty if there is none."""
    principal = statement.get("Principal")
    federated = many(principal.get("Federated")) if isinstance(principal, Mapping) else []
    provider = next((each for each in federated if "oidc-provider/" in each), "")
    if not provider or statement.get("Effect") != "Allow":
        return ""
    for operator, keys in (statement.get("Condition") or {}).items():
        if not operator.lower().startswith(("stringequals", "stringlike", "foranyvalue:string")):
            continue
        for key, values in keys.items():
            if key.lower().endswith(":sub") and all(_is_narrow(each) for each in many(values)):
                return ""
    return str(provider.rpartition("oidc-provider/")[2])


def _is_narrow(subject: str) -> bool:
    """Whether an owner and a name stand before the first wildcard."""
    before, star, _ = subject.partition("*")
    return not star or before.count("/") + before.count(":") >= 2


def _cloud_actions_bounded(judged: Judged, report: Report) -> None:
    for path, document in _documents(judged.props):
        for statement in statements(document):
            if "Principal" in statement or statement.get("Effect") != "Allow":
                continue  # on one resource; or it takes away
            wide = [each for each in many(statement.get("Action")) if _is_everything(each)]
            wide += ["all but some"] if "NotAction" in statement else []
            if wide and ("*" in many(statement.get("Resource")) or "NotResource" in statement):
                report(f"{path} allows {', '.join(wide)} on every resource.")
    for key in POLICY_ARNS:
        value = peek(judged.props, key) if key in list(judged.props) else None
        for arn in many(value if value is not UNKNOWN else None):
            if isinstance(arn, str) and ADMIN_POLICIES.fullmatch(arn):
                report(f"{key} has {arn}: it administers the account, or reads every secret.")


def _is_everything(action: Any) -> bool:
    return isinstance(action, str) and bool(EVERYTHING.fullmatch(action.lower()))


RULES = [
    Rule(
        name="cloud-policies-private",
        description="A policy on AWS names who is meant.",
        why="With a star for a principal, everybody with an AWS account is meant.",
        fix="Name the principal, or bind the statement to an account, an organization, a subject.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        severity=CRITICAL,
        package=AWS,
        check=_cloud_policies_private,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="cloud-actions-bounded",
        description="What Cube runs as on AWS does what it is for.",
        why="Who may do everything, or pass roles, reads every secret and every bucket.",
        fix="Name the actions and the resources: Cube reads one secret and one bucket.",
        url=ABOUT,
        severity=HIGH,
        package=AWS,
        check=_cloud_actions_bounded,
        references=[("NIST 800-53", "AC-6")],
    ),
]
