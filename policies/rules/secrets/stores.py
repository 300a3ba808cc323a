"""The secret store: what is made is stored, and the store can be trusted."""

from __future__ import annotations

import json

from ..documents import is_public, statements
from ..kinds import SECRET
from ..rule import CRITICAL, DISABLED, HIGH, MEDIUM, Judged, Report, ReportOn, Rule, Stack
from ..stored import CREDENTIALS, USERS, credentials, stores
from ..values import is_set, is_word

AWS_SECRET = "aws.secret"  # noqa: S105 - the name of a resource
AWS_POLICY = "aws.secretpolicy"
AWS_PRACTICE = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"


def _encrypted(judged: Judged, report: Report) -> None:
    if not any(is_set(judged.props, key) for key in ("kmsKeyId", "kms_key_id")):
        report("No KMS key is set: the account's default key cannot be restricted or audited.")


def _recoverable(judged: Judged, report: Report) -> None:
    for key in ("recoveryWindowInDays", "recoveryDays", "recovery_days"):
        if is_word(judged.props.get(key), "0") or judged.props.get(key) == 0:
            report(f"{key} is 0: a secret deleted by mistake is gone at once.")


def _private(judged: Judged, report: Report) -> None:
    with judged.later():
        policy = judged.props.get("policy")
        document = json.loads(policy) if isinstance(policy, str) and policy else policy
        if any(is_public(statement) for statement in statements(document or {})):
            report(
                "The resource policy allows every AWS account: its principal is *, or all but some."
            )
    if is_word(judged.props.get("blockPublicPolicy"), "false"):
        report("blockPublicPolicy is false: AWS would not refuse a public policy.")


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
        why="Who may use the key is then decided separately from who may read the secret.",
        fix="Set kmsKeyId to a key of your own.",
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
