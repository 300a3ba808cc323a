"""AWS: what is open to everybody: by a policy, an access list, a switch or a role's trust."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..documents import BINDING, held, is_public, many, names_one, read_json, statements
from ..rule import CRITICAL, Judged, Report, Rule
from ..values import is_unseen, is_word, leaves, peek
from . import trust

# Judged by secret-stores-private, which says more of them.
SECRETS = frozenset({"aws.secret", "aws.secretpolicy"})
# What it lets through is at most what others allow: by default everything.
LIMITING = {
    "aws.vpcendpoint": ("policy", "policyDocument"),
    "aws.vpcendpointpolicy": ("policy",),
}
# A principal that stands alone, in a property, with the word there that means everybody.
PRINCIPALS = {
    **dict.fromkeys(("principal", "principals", "allowedPrincipals"), "*"),
    "sharedAccounts": "all",
}
IMAGE = "aws.amilaunchpermission"
DOCUMENT = "aws.document"
BOUND = ("sourceArn", "sourceAccount", "principalOrgId", "organizationId")
AUTHENTICATED, WRITABLE = "authenticated-read", "public-read-write"
PUBLIC_ACL = frozenset({"public-read", WRITABLE, AUTHENTICATED})
# In a list of grants of S3: everybody, and everybody with an AWS account.
PUBLIC_GROUPS = re.compile(
    r"https?://acs\.amazonaws\.com/groups/global/(AllUsers|AuthenticatedUsers)", re.IGNORECASE
)
ACL = ("acl", "accessControl")
UNBLOCKED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
SAID_ALONE = frozenset({*ACL, *UNBLOCKED})
# Switches by which AWS would refuse what is public, and their word for not.
SWITCHES = frozenset({"aws.snapshotblockpublicaccess", "aws.imageblockpublicaccess"})
UNBLOCKED_STATE = "unblocked"
# A word that makes it public, by kind and property.
OPEN_WORDS = {
    ("aws.project", "projectVisibility"): "public_read",
    ("aws.bucket", "getObject"): "public",
}
# Of OpenSearch Serverless, in the text of a policy.
FROM_PUBLIC = '"AllowFromPublic"'
# Of Cedar: everybody may everything.
PERMITS_ALL = re.compile(
    r"permit\s*\(\s*principal\s*,\s*action\s*,\s*resource\s*\)\s*(;|$|when\s*\{\s*true\s*\})"
)
# Of an image: who starts from it.
LAUNCH_GROUPS = "userGroups"
GUESTS_ROLE = ("aws.identitypoolroleattachment", "unauthenticated")
# A service that calls for a bucket of any account.
BUCKETS = "s3.amazonaws.com"
IDENTITY_POOL, UNAUTHENTICATED = "aws.identitypool", "allowUnauthenticatedIdentities"


def _cloud_policies_private(judged: Judged, report: Report) -> None:
    props = judged.props
    for path, document in held(judged):
        if path in LIMITING.get(judged.kind, ()):
            continue
        all_of_it = statements(document)
        for statement in all_of_it:
            if is_public(statement, all_of_it):
                report(f"{path} allows everybody: its principal is *, or all but some.")
            else:
                _trusted(path, statement, report)
    _principals_alone(judged, report)
    _opened(judged, report)
    if judged.kind == DOCUMENT:
        for path, key, value in leaves(peek(props, "permissions"), "permissions"):
            if key.replace("_", "").lower() == "accountids":
                if is_unseen(value):
                    judged.not_known(path)
                elif is_word(value, "all"):
                    report(f"{path} is {value}: everybody with an AWS account runs the document.")
    if judged.kind == IDENTITY_POOL:
        guests = peek(props, UNAUTHENTICATED)
        if is_unseen(guests):
            judged.not_known(UNAUTHENTICATED)
        elif is_word(guests, "true"):
            report(f"{UNAUTHENTICATED} is true: everybody gets credentials of AWS, unasked.")
    if judged.kind == IMAGE and is_word(peek(props, "group"), "all"):
        report("group is all: everybody with an AWS account starts from the image.")
    for path, key, value in leaves(props):
        if key in SAID_ALONE and is_unseen(value):
            judged.not_known(path)
        elif key in ACL and _hyphenated(value) in PUBLIC_ACL:
            acl = _hyphenated(value)
            who = "everybody with an AWS account" if acl == AUTHENTICATED else "everybody"
            does = "reads and writes" if acl == WRITABLE else "reads"
            report(f"{path} is {value}: {who} {does} it.")
        elif isinstance(value, str) and (everybody := PUBLIC_GROUPS.fullmatch(value)):
            report(f"{path} gives to {everybody[1]}: whoever asks is among them.")
        elif key in UNBLOCKED and is_word(value, "false"):
            report(f"{path} is false: AWS would not refuse a public bucket.")


def _trusted(path: str, statement: Mapping[str, Any], report: Report) -> None:
    if unbound := trust.any_token(statement):
        report(
            f"{path} trusts {unbound}: its subject is not bound to one repository or service "
            "account; name owner and name in full in :sub."
        )
    elif provider := trust.anybody_at(statement):
        key = f"{provider}:{trust.OPEN_PROVIDERS[provider][0]}"
        report(
            f"{path} trusts everyone who signs in at {provider}: name your pool, app or user in "
            f"{key}."
        )
    elif trust.is_guest(statement):
        report(f"{path} lets in who has not signed in: everybody gets the role.")
    elif vendor := trust.vendor(statement):
        report(
            f"{path} trusts {vendor}, which acts for all its customers: bind the statement to your "
            "own sts:ExternalId."
        )


def _opened(judged: Judged, report: Report) -> None:
    """Switches, and policies in languages of their own."""
    props, kind = judged.props, judged.kind
    if kind in SWITCHES and is_word(peek(props, "state"), UNBLOCKED_STATE):
        report(f"state is {UNBLOCKED_STATE}: AWS would not refuse a public one.")
    for path, key, value in leaves(props):
        if not isinstance(value, str):
            continue
        if FROM_PUBLIC in value and any(
            name == "AllowFromPublic" and each is True for _, name, each in leaves(read_json(value))
        ):
            report(f"{path} has AllowFromPublic: everybody reaches it from the internet.")
        elif is_word(value, OPEN_WORDS.get((kind, key), "")):
            report(f"{path} is {value}: everybody reads it.")
        elif PERMITS_ALL.search(value):
            report(f"{path} permits every principal every action.")
        elif key == LAUNCH_GROUPS and is_word(value, "all"):
            report(f"{path} is {value}: everybody with an AWS account starts from the image.")
        elif (kind, key) == GUESTS_ROLE:
            report(f"{path} is {value}: everybody gets that role, unasked.")


def _principals_alone(judged: Judged, report: Report) -> None:
    """Those that stand in a property, with another property that says whose requests are meant."""
    bounds = {key: value for key in BOUND if (value := peek(judged.props, key))}
    condition = peek(judged.props, "condition")
    if isinstance(condition, Mapping) and f"{peek(condition, 'key')}".lower() in BINDING:
        bounds["condition"] = peek(condition, "value")
    for key, everybody in PRINCIPALS.items():
        value = peek(judged.props, key)
        if is_unseen(value):
            judged.not_known(key)
        elif BUCKETS in many(value) and "action" in list(judged.props) and not bounds:
            report(f"{key} is {BUCKETS}, and no source is named: a bucket of any account calls it.")
        elif everybody not in many(value):
            continue
        elif any(map(is_unseen, bounds.values())):
            judged.not_known(next(iter(bounds)))
        elif not any(all(map(names_one, many(each))) for each in bounds.values()):
            report(f"{key} is {everybody}: everybody with an AWS account.")


def _hyphenated(value: Any) -> str:
    """PublicRead, as one of the SDKs has it, as public-read."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower() if isinstance(value, str) else ""


RULES = [
    Rule(
        name="cloud-policies-private",
        description="A policy on AWS names who is meant.",
        why="With a star for a principal, everybody with an AWS account is meant.",
        fix="Name the principal, or bind the statement to an account, an organization, a subject.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        severity=CRITICAL,
        package="aws",
        except_kinds=SECRETS,
        check=_cloud_policies_private,
        references=[("NIST 800-53", "AC-6")],
    ),
]
