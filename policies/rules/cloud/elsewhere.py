"""AWS: what comes from outside of the stack, of which `unknowns-named` tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from ..kinds import kind_of
from ..ours import Ours, normal
from ..values import each_of, is_word, leaves, peek
from .actions import POLICY_ARNS

# Resources that are made of a text which no rule reads, or not in full.
TEMPLATES = re.compile(
    r"cloudformation[/:]|cloudcontrol/resource:|:ExtensionResource$|:CustomResourceEmulator$"
    r"|cloudformationstack:|servicecatalog/provisionedproduct:",
    re.IGNORECASE,
)
# Of CloudFormation, what makes no resource of a template.
NO_TEMPLATE = re.compile(r":(Cloud)?Formation(Type|Hook)|:Publisher|:TypeActivation", re.IGNORECASE)
# Properties that say whose rights something runs with.
RUNS_WITH = re.compile(r"role(arn)?s?$|instanceprofile(arn)?$", re.IGNORECASE)
IDENTITY = re.compile(r"arn:[\w-]+:iam::\d{12}:(role|instance-profile)/(?!aws-service-role/).+")
ROLES = frozenset({"aws.role", "aws.instanceprofile"})
CUSTOMERS = re.compile(r"arn:[\w-]+:iam::\d{12}:policy/.+")
POLICIES = frozenset({"aws.policy", "aws.managedpolicy"})
ACCOUNT = re.compile(r"\d{12}")
# Where an account is named with which something is shared.
SHARED_WITH = frozenset({"accountIds", "sharedAccounts", "targetAccounts", "userIds", "principals"})
IMAGE = ("aws.amilaunchpermission", "accountId")
USER = ("aws.user", "groups")
# Where addresses are let in.
INGRESS = {
    "aws.securitygroup": "ingress",
    "aws.securitygroupingressrule": "",
    "aws.securitygrouprule": "",
}
ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
# Of a page on the web, which is for everybody.
WEB = frozenset({80, 443})


def told(resource: PolicyResource, ours: Ours) -> Iterator[str]:
    """What a reviewer must look at."""
    kind, name = kind_of(resource.resource_type), resource.resource_type
    if not kind.startswith("aws."):
        return
    if TEMPLATES.search(name) and not NO_TEMPLATE.search(name):
        yield "A template, or a resource by its text: what it makes no rule judges in full."
    for path, key, value in leaves(resource.props):
        if not isinstance(value, str):
            continue
        if RUNS_WITH.search(key) and IDENTITY.fullmatch(value) and not _made(ours, value, ROLES):
            yield f"{path} is {value}, which this stack does not make: what it may do is not seen."
        elif key in POLICY_ARNS and CUSTOMERS.fullmatch(value):
            if not _made(ours, value, POLICIES):
                yield f"{path} is {value}, which this stack does not make: it is not judged."
        elif ACCOUNT.fullmatch(value) and (key in SHARED_WITH or (kind, key) == IMAGE):
            yield f"{path} shares it with the account {value}."
        elif (kind, key) == USER:
            yield f"{path} is {value}: what the group may do is not seen."
    if is_word(peek(resource.props, "publiclyAccessible"), "true"):
        yield "publiclyAccessible is true: who connects from the internet no rule judges."
    if kind in INGRESS and not is_word(peek(resource.props, "type"), "egress"):
        listed = INGRESS[kind]
        for entry in each_of(resource.props, listed) if listed else [resource.props]:
            if _from_anywhere(entry):
                yield "It lets in every address of the internet: who connects no rule judges."


def _from_anywhere(entry: Any) -> bool:
    if not isinstance(entry, Mapping):
        return False
    ports = {peek(entry, "fromPort"), peek(entry, "toPort")}
    return not ports <= WEB and any(value in ANYWHERE for _, _, value in leaves(entry))


def _made(ours: Ours, arn: str, kinds: frozenset[str]) -> bool:
    """By its ARN, or by the name in it, which a preview knows before."""
    named = {normal(arn), normal(arn.rpartition("/")[2])}
    return any(named & ours.names(kind) for kind in kinds)
