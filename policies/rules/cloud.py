"""AWS: who is named in a policy document, and what it lets them do. A document is judged wherever
one stands, whatever the type of the resource is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .documents import (
    MET,
    WILD,
    conditions,
    documents,
    is_every,
    is_narrowed,
    is_public,
    many,
    matches,
    names_one,
    statements,
)
from .rule import CRITICAL, HIGH, Judged, Report, Rule
from .values import SecretText, is_unseen, is_word, leaves, peek

AWS = "aws"
# Judged by secret-stores-private, which says more of them.
SECRETS = frozenset({"aws.secret", "aws.secretpolicy"})
# What it lets through is at most what others allow: by default everything.
LIMITING = {
    "aws.vpcendpoint": ("policy", "policyDocument"),
    "aws.vpcendpointpolicy": ("policy",),
}
# Of an organization: what its accounts may at most. It gives nobody anything.
CEILING = ("aws.policy", "content")
# By service: actions that are, or lead to, all others, and those by which all secrets, data or
# credentials of a kind are read or replaced.
WIDE = {
    "iam": (
        *("addusertogroup", "attachgrouppolicy", "attachrolepolicy", "attachuserpolicy"),
        *("createaccesskey", "createloginprofile", "createpolicyversion", "passrole"),
        *("putgrouppolicy", "putrolepolicy", "putuserpolicy", "setdefaultpolicyversion"),
        *("updateassumerolepolicy", "updateloginprofile"),
    ),
    "dynamodb": (
        *("batchgetitem", "batchwriteitem", "deleteitem", "exporttabletopointintime", "getitem"),
        *("partiqldelete", "partiqlinsert", "partiqlselect", "partiqlupdate", "putitem", "query"),
        *("scan", "updateitem"),
    ),
    "ecs": ("executecommand",),
    "kms": ("creategrant", "decrypt", "putkeypolicy", "reencryptfrom"),
    "lakeformation": ("grantpermissions", "putdatalakesettings"),
    "lambda": ("updatefunctioncode",),
    "organizations": ("attachpolicy", "detachpolicy", "updatepolicy"),
    "redshift": ("getclustercredentials", "getclustercredentialswithiam"),
    "redshift-serverless": ("getcredentials",),
    "rds": ("modifydbcluster", "modifydbinstance"),
    "rds-db": ("connect",),
    "s3": (
        *("deleteobject", "getobject", "getobjectversion", "putbucketacl", "putbucketpolicy"),
        *("putobject", "putobjectacl"),
    ),
    "secretsmanager": ("getsecretvalue", "putresourcepolicy", "putsecretvalue", "updatesecret"),
    "ssm": (
        *("getparameter", "getparameters", "getparametersbypath", "putparameter"),
        *("sendcommand", "startsession"),
    ),
    "sts": ("assumerole",),
}
# Whose resources an action is on, where they are not, or not only, its own service's.
RESOURCES_OF = {"sts": ("iam",), "ssm": ("ssm", "ec2")}
ADMIN_POLICIES = re.compile(
    r"arn:[\w-]+:iam::aws:policy/(job-function/)?"
    r"(AdministratorAccess[\w-]*|PowerUserAccess|IAMFullAccess|SecretsManagerReadWrite"
    r"|AmazonS3(FullAccess|ReadOnlyAccess)|AmazonSSM(FullAccess|ReadOnlyAccess)|ReadOnlyAccess"
    r"|AmazonDynamoDB(FullAccess(_v2)?|ReadOnlyAccess)|AmazonRDS(Data)?FullAccess"
    r"|AmazonRedshift(Data)?FullAccess"
    r"|SystemAdministrator|DatabaseAdministrator|AWSLakeFormationDataAdmin)"
)
POLICY_ARNS = frozenset({"policyArn", "policyArns", "managedPolicyArns", "managedPolicyArn"})
# A principal that stands alone, in a property, with the word there that means everybody.
PRINCIPALS = {
    **dict.fromkeys(("principal", "principals", "allowedPrincipals"), "*"),
    "sharedAccounts": "all",
}
IMAGE = "aws.amilaunchpermission"
DOCUMENT = "aws.document"
BOUND = ("sourceArn", "sourceAccount", "principalOrgId")
AUTHENTICATED, WRITABLE = "authenticated-read", "public-read-write"
PUBLIC_ACL = frozenset({"public-read", WRITABLE, AUTHENTICATED})
# In a list of grants of S3: everybody, and everybody with an AWS account.
PUBLIC_GROUPS = re.compile(
    r"https?://acs\.amazonaws\.com/groups/global/(AllUsers|AuthenticatedUsers)", re.IGNORECASE
)
ACL = ("acl", "accessControl")
UNBLOCKED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
SAID_ALONE = frozenset({*ACL, *UNBLOCKED})
HOLDS_A_POLICY = re.compile(r"polic(y|ies)(document|body|text)?$", re.IGNORECASE)
# By which tokens of an identity provider are told apart.
SUBJECTS = (":sub", ":repository", ":job_workflow_ref", ":project_path")
# Providers that everybody can sign in at, and the keys that say for which pool or program, or whom:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
OPEN_PROVIDERS = {
    "cognito-identity.amazonaws.com": ("aud", "sub"),
    "accounts.google.com": ("aud", "oaud", "sub"),
    "www.amazon.com": ("app_id", "user_id"),
    "graph.facebook.com": ("app_id", "id"),
}
IDENTITY_POOL, UNAUTHENTICATED = "aws.identitypool", "allowUnauthenticatedIdentities"
UUID = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
LEAST_PARTS = 3
"""Of a subject, before its first wildcard: repo, the owner and the repository."""
ABOUT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"


def _documents(judged: Judged) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each policy document, by the property that holds it; what is not known is said later."""
    for path, key, value in leaves(judged.props):
        if HOLDS_A_POLICY.search(key) and is_unseen(value):
            judged.not_known(path)
    yield from documents(judged.props)


def _cloud_policies_private(judged: Judged, report: Report) -> None:
    props = judged.props
    for path, document in _documents(judged):
        if path in LIMITING.get(judged.kind, ()):
            continue
        for statement in statements(document):
            if is_public(statement):
                report(f"{path} allows everybody: its principal is *, or all but some.")
            elif unbound := _any_token(statement):
                report(
                    f"{path} trusts {unbound}: its subject is not bound to one repository or "
                    "service account; name owner and name in full in :sub."
                )
            elif provider := _anybody_at(statement):
                key = f"{provider}:{OPEN_PROVIDERS[provider][0]}"
                report(
                    f"{path} trusts everyone who signs in at {provider}: name your pool, app or "
                    f"user in {key}."
                )
    _principals_alone(judged, report)
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
        elif key in UNBLOCKED and value is False:
            report(f"{path} is false: AWS would not refuse a public bucket.")


def _principals_alone(judged: Judged, report: Report) -> None:
    """Those that stand in a property, with another property that says whose requests are meant."""
    bounds = {key: value for key in BOUND if (value := peek(judged.props, key))}
    for key, everybody in PRINCIPALS.items():
        value = peek(judged.props, key)
        if is_unseen(value):
            judged.not_known(key)
        elif everybody not in many(value):
            continue
        elif any(map(is_unseen, bounds.values())):
            judged.not_known(next(iter(bounds)))
        elif not any(all(map(names_one, many(each))) for each in bounds.values()):
            report(f"{key} is {everybody}: everybody with an AWS account.")


def _hyphenated(value: Any) -> str:
    """PublicRead, as one of the SDKs has it, as public-read."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower() if isinstance(value, str) else ""


def _any_token(statement: Mapping[str, Any]) -> str:
    """An identity provider whose every token is trusted; empty if there is none."""
    principal = statement.get("Principal")
    federated = many(principal.get("Federated")) if isinstance(principal, Mapping) else []
    provider = next((each for each in federated if "oidc-provider/" in each), "")
    if not provider or statement.get("Effect") != "Allow":
        return ""
    for operator, key, values in conditions(statement):
        # A token has its subject always, so that "if it exists" is no way out.
        if operator.removesuffix("ifexists") not in MET or not key.endswith(SUBJECTS):
            continue
        if "like" not in operator or all(_is_narrow(each) for each in values):
            return ""
    # A part of a secret would be plain.
    if isinstance(provider, SecretText):
        return provider
    return provider.rpartition("oidc-provider/")[2]


def _anybody_at(statement: Mapping[str, Any]) -> str:
    """The provider of which every token is trusted, whoever it is for; empty if there is none."""
    principal = statement.get("Principal")
    federated = many(principal.get("Federated")) if isinstance(principal, Mapping) else []
    provider = next((name for name in OPEN_PROVIDERS if name in federated), "")
    if not provider or statement.get("Effect") != "Allow":
        return ""
    binding = {f"{provider}:{key}" for key in OPEN_PROVIDERS[provider]}
    bound = any(
        operator in MET and key in binding and not any(map(WILD.search, values))
        for operator, key, values in conditions(statement)
    )
    return "" if bound else provider


def _is_narrow(subject: str) -> bool:
    """Whether an owner and a name stand in full before the first wildcard."""
    before = re.split(r"[*?]", subject, maxsplit=1)[0]
    if before == subject:
        return True
    parts = [part for part in re.split("[:/]", before)[:-1] if part]
    return len(parts) >= LEAST_PARTS or any(UUID.fullmatch(part) for part in parts)


def _cloud_actions_bounded(judged: Judged, report: Report) -> None:
    for path, document in _documents(judged):
        if (judged.kind, path) == CEILING:
            continue
        for statement in statements(document):
            if "Principal" in statement or statement.get("Effect") != "Allow":
                continue  # on one resource; or it takes away
            if not is_narrowed(statement):
                for action, resource in _wide(statement):
                    report(f"{path} allows {action} on {resource}.")
    for key in POLICY_ARNS:
        value = peek(judged.props, key)
        for _, _, arn in leaves(value):
            if isinstance(arn, SecretText) and is_unseen(arn):
                judged.not_known(key)  # only what a preview makes is said by unknowns-named
            elif isinstance(arn, str) and ADMIN_POLICIES.fullmatch(arn):
                report(
                    f"{key} has {arn}: it administers the account, or reaches every secret, "
                    "bucket or database."
                )


def _wide(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each action that is too much, and on what."""
    resources = many(statement.get("Resource"))
    if "NotResource" in statement:
        resources = ["*"]
    everything = next((each for each in resources if is_every(each, "*")), None)
    if "NotAction" in statement and everything:
        yield "all but some actions", _every(everything)
    for action in many(statement.get("Action")):
        for service, names in WIDE.items():
            if not any(matches(action, f"{service}:{name}") for name in names):
                continue
            owners = RESOURCES_OF.get(service, (service,))
            every = (each for each in resources if any(is_every(each, of) for of in owners))
            if reached := next(every, None):
                yield action, _every(reached)
                break


def _every(resource: str) -> str:
    return "every resource" if resource == "*" else f"{resource}, which is every one"


RULES = [
    Rule(
        name="cloud-policies-private",
        description="A policy on AWS names who is meant.",
        why="With a star for a principal, everybody with an AWS account is meant.",
        fix="Name the principal, or bind the statement to an account, an organization, a subject.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        severity=CRITICAL,
        package=AWS,
        except_kinds=SECRETS,
        check=_cloud_policies_private,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="cloud-actions-bounded",
        description="What Cube runs as on AWS does what it is for.",
        why="Whoever may do everything, or pass every role, reads every secret and every bucket.",
        fix="Name the actions and the resources: Cube reads one secret and one bucket.",
        url=ABOUT,
        severity=HIGH,
        package=AWS,
        check=_cloud_actions_bounded,
        references=[("NIST 800-53", "AC-6")],
    ),
]
