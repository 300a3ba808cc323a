"""The secret store: what is made is stored, and the store can be trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..kinds import SECRET
from ..principals import lets_anybody_in
from ..rule import CRITICAL, DISABLED, HIGH, MEDIUM, Judged, Report, ReportOn, Rule, Stack
from ..stored import CREDENTIALS, USERS, credentials, stores
from ..values import is_set, is_word

AWS_SECRET = "aws.secret"  # noqa: S105 - the name of a resource
AWS_POLICY = "aws.secretpolicy"
# Keys of a condition that bind a statement to somebody, and operators that do so by being met.
BINDING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
    }
)
MET = frozenset(
    {"arnequals", "arnlike", "ipaddress", "stringequals", "stringequalsignorecase", "stringlike"}
)
AWS_PRACTICE = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"


def _encrypted(judged: Judged, report: Report) -> None:
    if not any(is_set(judged.props, key) for key in ("kmsKeyId", "kms_key_id")):
        report("No KMS key is set: the account's default key cannot be restricted or audited.")


def _recoverable(judged: Judged, report: Report) -> None:
    for key in ("recoveryWindowInDays", "recoveryDays", "recovery_days"):
        if judged.props.get(key) == 0:
            report(f"{key} is 0: a secret deleted by mistake is gone at once.")


def _private(judged: Judged, report: Report) -> None:
    with judged.later():
        policy = judged.props.get("policy")
        document = json.loads(policy) if isinstance(policy, str) and policy else policy
        statements = document.get("Statement") or () if document else ()
        each = [statements] if isinstance(statements, Mapping) else list(statements)
        if any(_is_public(statement) for statement in each):
            report(
                "The resource policy allows every AWS account: its principal is *, or all but some."
            )
    if is_word(judged.props.get("blockPublicPolicy"), "false"):
        report("blockPublicPolicy is false: AWS would not refuse a public policy.")


def _is_public(statement: Mapping[str, Any]) -> bool:
    return lets_anybody_in(statement) and not _is_bound(statement)


def _is_bound(statement: Mapping[str, Any]) -> bool:
    """Whether a condition names whose requests are meant: all must be met, so one is enough."""
    for operator, keys in (statement.get("Condition") or {}).items():
        if operator.lower().removeprefix("foranyvalue:") not in MET:
            continue
        for key, values in keys.items():
            if key.lower() in BINDING and all(_names_one(each) for each in _many(values)):
                return True
    return False


def _names_one(value: str) -> bool:
    """An ARN with a wildcard for its account is anybody's, and so is a network of all addresses."""
    account = value.split(":")[4] if value.startswith("arn:") and value.count(":") > 4 else value
    return not re.search(r"[*?]", account) and not value.endswith("/0")


def _many(values: Any) -> list[Any]:
    return [values] if isinstance(values, str) else list(values or ())


def _credentials_stored(stack: Stack, report: ReportOn) -> None:
    made = credentials(stack.resources)
    held = stores(stack.resources, made)
    told = set()
    for credential in made:
        if credential.owner not in held and credential.owner not in told:
            told.add(credential.owner)
            report(
                f"The credential of {credential.owner_name} is made here and written to no store.",
                credential.resource.urn,
            )


RULES = [
    Rule(
        name="secret-stores-encrypted",
        description="A stored secret has a KMS key of one's own.",
        why="Who may use the key is then decided apart from who may read the secret.",
        fix="Set the KMS key (cube-access:secretKmsKeyId).",
        url=AWS_PRACTICE,
        severity=MEDIUM,
        level=DISABLED,
        kinds=frozenset({SECRET, AWS_SECRET}),
        check=_encrypted,
    ),
    Rule(
        name="secret-stores-recoverable",
        description="A deleted secret can be restored.",
        why="With it gone, Cube stops until a new credential is made.",
        fix="Choose 7 to 30 days.",
        url=AWS_PRACTICE,
        severity=MEDIUM,
        kinds=frozenset({SECRET, AWS_SECRET}),
        check=_recoverable,
    ),
    Rule(
        name="secret-stores-private",
        description="A stored secret is not public.",
        why="Anybody with an AWS account could read it.",
        fix="Name the principals that read it, and leave blockPublicPolicy true.",
        url=AWS_PRACTICE,
        severity=CRITICAL,
        kinds=frozenset({SECRET, AWS_SECRET, AWS_POLICY}),
        check=_private,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="credentials-stored",
        description="A service account's credential is written to a secret store.",
        why="What is in nobody's store is copied by hand, and stays where it was pasted.",
        fix="Write it to a secret in the same stack.",
        url=AWS_PRACTICE,
        severity=HIGH,
        kinds=frozenset(CREDENTIALS) | USERS,
        stack_check=_credentials_stored,
    ),
]
