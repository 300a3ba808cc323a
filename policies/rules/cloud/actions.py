"""AWS: what a policy of an identity lets it do, and on what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..documents import WILD, held, is_every, is_narrowed, many, matches, statements
from ..rule import HIGH, Judged, Report, Rule, names
from ..values import SecretText, is_unseen, leaves, peek

# Of an organization: what its accounts may at most. It gives nobody anything.
CEILING = ("aws.policy", "content")
# By service: actions that are, or lead to, all others, and those by which all secrets, data or
# credentials of a kind are read or replaced.
WIDE = {
    "aoss": ("apiaccessall",),
    "dsql": ("dbconnectadmin",),
    "dynamodb": (
        *("batchgetitem", "batchwriteitem", "deleteitem", "deletetable"),
        *("exporttabletopointintime", "getitem", "partiqldelete", "partiqlinsert", "partiqlselect"),
        *("partiqlupdate", "putitem", "putresourcepolicy", "query", "scan", "updateitem"),
    ),
    "ebs": ("getsnapshotblock",),
    "ec2": ("modifysnapshotattribute",),
    "ec2-instance-connect": ("sendsshpublickey",),
    "ecr": ("putimage",),
    "ecs": ("executecommand",),
    "eks": ("associateaccesspolicy", "createaccessentry"),
    "es": ("eshttpdelete", "eshttpget", "eshttppost", "eshttpput"),
    "glue": ("getconnection",),
    "iam": (
        *("addusertogroup", "attachgrouppolicy", "attachrolepolicy", "attachuserpolicy"),
        *("createaccesskey", "createloginprofile", "createopenidconnectprovider"),
        *("createpolicyversion", "createsamlprovider", "createservicespecificcredential"),
        *("deleterolepermissionsboundary", "deleteuserpermissionsboundary", "passrole"),
        *("putgrouppolicy", "putrolepolicy", "putuserpolicy", "setdefaultpolicyversion"),
        *("updateassumerolepolicy", "updateloginprofile", "updatesamlprovider"),
        *("uploadsshpublickey",),
    ),
    "kms": ("creategrant", "decrypt", "putkeypolicy", "reencryptfrom", "schedulekeydeletion"),
    "lakeformation": ("grantpermissions", "putdatalakesettings"),
    "lambda": ("addpermission", "updatefunctioncode", "updatefunctionconfiguration"),
    "organizations": ("attachpolicy", "detachpolicy", "updatepolicy"),
    "rds": ("modifydbcluster", "modifydbinstance", "modifydbsnapshotattribute"),
    "rds-data": ("batchexecutestatement", "executestatement"),
    "rds-db": ("connect",),
    "redshift": ("getclustercredentials", "getclustercredentialswithiam"),
    "redshift-serverless": ("getcredentials",),
    "redshift-data": ("batchexecutestatement", "executestatement"),
    "s3": (
        *("deleteobject", "deleteobjectversion", "getobject", "getobjectversion"),
        *("putaccesspointpolicy", "putaccountpublicaccessblock", "putbucketacl"),
        *("putbucketpolicy", "putbucketpublicaccessblock", "putobject", "putobjectacl"),
        *("putreplicationconfiguration",),
    ),
    "s3express": ("createsession",),
    "secretsmanager": (
        *("deletesecret", "getsecretvalue", "putresourcepolicy", "putsecretvalue"),
        *("updatesecret",),
    ),
    "ssm": (
        *("createassociation",),
        *("getparameter", "getparameters", "getparametersbypath", "putparameter"),
        *("sendcommand", "startsession"),
    ),
    "sts": ("assumerole", "assumeroot"),
}
# Whose resources an action is on, where they are not, or not only, its own service's.
RESOURCES_OF = {"sts": ("iam",), "ssm": ("ssm", "ec2")}
# Policies of AWS that have all of a service, administer, or reach every secret, bucket or table.
ADMIN_POLICIES = re.compile(
    r"arn:[\w-]+:iam::aws:policy/([\w-]+/)?"
    r"(\w*(FullAccess|Administrator|AdminAccess|PowerUser)[\w-]*|SecretsManagerReadWrite"
    r"|Amazon(S3|SSM|DynamoDB)ReadOnlyAccess|ReadOnlyAccess|AWSLakeFormationDataAdmin"
    r"|DataScientist|AmazonElasticMapReduceforEC2Role|AmazonEC2RoleforSSM|IAMUserSSHKeys"
    r"|IAMCreateRootUserPassword|S3UnlockBucketPolicy|SQSUnlockQueuePolicy)"
)
# Of those, what sends and shows measures and traces only.
TELEMETRY = re.compile(r"(AWSX[Rr]ay|(Amazon)?CloudWatch|AmazonPrometheus)\w*FullAccess\w*")
POLICY_ARNS = frozenset(
    {"policyArn", "policyArns", "managedPolicies", "managedPolicyArn", "managedPolicyArns"}
)
# An action of which the name says nothing.
WHOLE = re.compile(r"[\w-]+:\*+")
TRACES = frozenset({"cloudwatch", "xray"})
# Of a role, the account: with a star, of every account that trusts this one.
ACCOUNT = 4
ABOUT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"


def _cloud_actions_bounded(judged: Judged, report: Report) -> None:
    for path, document in held(judged):
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
                name = arn.rpartition("/")[2]
                if not TELEMETRY.fullmatch(name) and name not in judged.limits["policies"]:
                    report(
                        f"{key} has {arn}: it administers, has all of a service, or reaches every "
                        "secret, bucket or table."
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
        services = [
            service
            for service, names in WIDE.items()
            if any(matches(action, f"{service}:{name}") for name in names)
        ]
        own = action.partition(":")[0].lower()
        if WHOLE.fullmatch(action) and own not in TRACES:
            services.append(own)
        owners = [of for service in services for of in RESOURCES_OF.get(service, (service,))]
        every = (each for each in resources if any(is_every(each, of) for of in owners))
        if reached := next(every, None):
            yield action, _every(reached)
        elif "sts" in services and (role := next(filter(_of_any_account, resources), None)):
            yield action, f"{role}, in every account"


def _of_any_account(resource: str) -> bool:
    parts = resource.split(":", 5)
    return len(parts) > ACCOUNT and parts[2] == "iam" and bool(WILD.search(parts[ACCOUNT]))


def _every(resource: str) -> str:
    return "every resource" if resource == "*" else f"{resource}, which is every one"


RULES = [
    Rule(
        name="cloud-actions-bounded",
        description="What Cube runs as on AWS does what it is for.",
        why="Whoever may do everything, or pass every role, reads every secret and every bucket.",
        fix="Name the actions and the resources: Cube reads one secret and one bucket. A policy of "
        "AWS that must be attached is named in `policies`.",
        url=ABOUT,
        severity=HIGH,
        package="aws",
        check=_cloud_actions_bounded,
        limits={
            "policies": names("Managed policies of AWS that may be attached, by their names."),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
]
