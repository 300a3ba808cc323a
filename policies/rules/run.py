"""What a reviewer must know about the run itself: where the rules did not look, or not yet."""

from __future__ import annotations

from pulumi_policy import PolicyResource

from . import exceptions, named, writers
from .cloud import elsewhere
from .coverage import NOT_JUDGED, known_kinds
from .graph import MEMBER
from .identity.acting import WAYS_IN
from .kinds import (
    ACCOUNT_ROLE_OF,
    DATABASE_ROLE_OF,
    KEY_PAIR,
    LEGACY_ROLE_OF,
    OWN,
    OWN_PACKAGE,
    SERVICE_USER,
    databricks,
    kind_of,
    snowflake,
)
from .ours import Ours, shown, sources
from .privileges.granting import GRANTEE
from .rule import ADVISORY, LOW, ReportOn, Rule, Stack
from .values import is_unknown, is_word, peek

# Of AWS: a policy for a role, a user or a group.
ATTACHMENTS = tuple(f"aws.{whom}policyattachment" for whom in ("", "group", "role", "user"))
# What the rules above let pass while it is not known, because a resource of the same stack is about
# to be made with it; and the kinds of resource for which that is true.
WAITED = {
    **{kind: (key,) for kind, key in GRANTEE.items()},
    **dict.fromkeys(ACCOUNT_ROLE_OF, ("roleName", "parentRoleName")),
    **dict.fromkeys(LEGACY_ROLE_OF, ("roleName",)),
    **dict.fromkeys(ATTACHMENTS, ("policyArn",)),
    **dict.fromkeys(SERVICE_USER, ("defaultRole", "rsaPublicKey", "rsaPublicKey2")),
    **{kind: ("groupId", key) for kind, key in MEMBER.items()},
    **{kind: (key,) for kind, (key, _) in WAYS_IN.items()},
    **dict.fromkeys(DATABASE_ROLE_OF, ("databaseRoleName", "parentRoleName")),
    **dict.fromkeys(snowflake("Task"), ("executeAsUser",)),
}
DYNAMIC = ("pulumi-python:dynamic", "pulumi-nodejs:dynamic")
# Programs that a resource starts, on the deployer's machine or another.
COMMANDS = {
    "command.command": "A command",
    "aws.invocation": "A call of a Lambda function",
    "aws.association": "A document of Systems Manager",
    "null.resource": "A resource with provisioners",
}
FUNCTION_URL = "aws.functionurl"
# What attaches a policy, by which properties, and what each must be: one from elsewhere can let in
# more people than the one that it replaces.
ATTACHING = snowflake(
    *("AccountAuthenticationPolicyAttachment", "AccountPasswordPolicyAttachment"),
    *("AccountSessionPolicyAttachment", "CurrentAccount", "CurrentOrganizationAccount"),
    *("NetworkPolicyAttachment", "UserAuthenticationPolicyAttachment"),
    *("UserPasswordPolicyAttachment", "UserSessionPolicyAttachment"),
) | databricks("WorkspaceNetworkOption")
ATTACHED = {
    f"{name}Policy{ending}": snowflake(f"{name}Policy")
    for name in ("authentication", "network", "password", "session")
    for ending in ("", "Name")
} | {"networkPolicyId": databricks("AccountNetworkPolicy")}
WAREHOUSES = ("databricks.", "snowflake.")
HARMLESS = (
    databricks("ServicePrincipal", "Group", "User")
    | snowflake("AccountRole", "Database", "DatabaseRole", "Role", "ServiceUser", "User")
    | {KEY_PAIR, "tls.privatekey", "aws.policy"}
)


def _exceptions_listed(stack: Stack, report: ReportOn) -> None:
    there = {resource.urn for resource in stack.resources}
    for entry in exceptions.given(stack.limits):
        said = f"{entry.rule or 'no rule'} on {entry.resource or 'no resource'}"
        if problem := entry.problem():
            report(f"The exception for {said} {problem}: it does not apply.", None)
        elif entry.resource not in there:
            report(f"The exception for {said} is for no resource of this stack: take it out.", None)
        else:
            report(
                f"Exception: {said}, until {entry.expires}, by {entry.owner}: {entry.reason}",
                entry.resource,
            )


def _writers_listed(stack: Stack, report: ReportOn) -> None:
    for writer in writers.given(stack.limits):
        if problem := writer.problem():
            report(f"The writer {writer.role or 'without a role'} {problem}: it may not.", None)
        else:
            report(f"Writer: {writer.role} may write in {writer.where}, by this stack.", None)


def _explained(resource: PolicyResource, key: str) -> bool:
    made = resource.property_dependencies.get(key, [])
    return len(made) > 0 and all(kind_of(each.resource_type) in HARMLESS for each in made)


def _unknowns_named(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    for resource in stack.resources:
        kind = kind_of(resource.resource_type)
        if resource.resource_type.startswith(DYNAMIC):
            report("A dynamic resource: what its code does, no rule can see.", resource.urn)
        elif kind in COMMANDS:
            report(f"{COMMANDS[kind]}: what it runs, no rule can see.", resource.urn)
        elif kind in named.DASHBOARD and is_word(peek(resource.props, "embedCredentials"), "false"):
            continue
        elif reason := NOT_JUDGED.get(kind):
            report(f"{resource.resource_type} is not judged: {reason}", resource.urn)
        elif kind == FUNCTION_URL and is_word(peek(resource.props, "authorizationType"), "none"):
            report(
                "authorizationType is NONE: everybody calls the function. What it does, no rule "
                "can see.",
                resource.urn,
            )
        elif kind.startswith(WAREHOUSES) and kind not in known_kinds():
            report(
                f"{resource.resource_type} is newer than this policy pack, or gone: no rule about "
                "access judges it. Update the pack.",
                resource.urn,
            )
        elif kind.startswith(f"{OWN_PACKAGE}.") and kind not in OWN:
            report(
                f"{resource.resource_type} is newer than this policy pack: no rule judges it. "
                "Update the pack.",
                resource.urn,
            )
        for words in (*named.told(resource, kind, ours), *elsewhere.told(resource, ours)):
            report(words, resource.urn)
        for key, kinds in ATTACHED.items() if kind in ATTACHING else ():
            value, made = peek(resource.props, key), sources(resource, key)
            if ours.judgeable(value, made, key) and not ours.has(value, made, kinds):
                report(
                    f"{key} is {shown(value)}, which this stack does not make: what it lets pass "
                    "no rule has seen.",
                    resource.urn,
                )
        for key in WAITED.get(kind, ()):
            if key == "owner" and not resource.property_dependencies.get(key):
                continue  # left out: the plugin fills it in
            if is_unknown(resource.props, key) and not _explained(resource, key):
                report(_not_known(key), resource.urn)


def _not_known(path: str) -> str:
    return (
        f"{path} is not known before it is made, and does not come from a role, a group, a "
        "key or a policy of this stack."
    )


RULES = [
    Rule(
        name="exceptions-listed",
        description="Every exception to these rules is listed, with its reason, owner and end.",
        why="An exception that nobody sees is a hole.",
        fix="Take it out as soon as its reason is gone.",
        url="https://www.pulumi.com/docs/iac/using-pulumi/crossguard/configuration/",
        severity=LOW,
        level=ADVISORY,
        stack_check=_exceptions_listed,
        limits={
            exceptions.KEY: {
                "type": "array",
                "items": {"type": "object"},
                "default": [],
                "description": "Each with rule, resource (its URN), reason, owner and expires "
                "(2027-01-31). What lacks one, or is over, does not apply.",
            }
        },
    ),
    Rule(
        name="writers-listed",
        description="Every role that may write in a schema is listed.",
        why="A tool that builds tables must write; a reviewer must see which, and where.",
        fix="Take it out as soon as it writes no more.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-privileges",
        severity=LOW,
        level=ADVISORY,
        stack_check=_writers_listed,
        limits={
            writers.KEY: {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {key: {"type": "string"} for key in writers.FIELDS},
                    "required": ["role"],
                    "anyOf": [{"required": ["schema"]}, {"required": ["database"]}],
                    "additionalProperties": False,
                },
                "default": [],
                "description": "Each with role (or a principal of Databricks) and schema, as "
                "DATABASE.SCHEMA; or with database, in which it may make schemas and write in all.",
            }
        },
    ),
    Rule(
        name="unknowns-named",
        description="What a preview cannot judge yet is said.",
        why="A green preview must not hide what nobody has looked at.",
        fix="What is not known yet, `pulumi up` judges before the resource is made; all else "
        "a reviewer must.",
        url="https://www.pulumi.com/docs/iac/using-pulumi/crossguard/core-concepts/",
        severity=LOW,
        level=ADVISORY,
        stack_check=_unknowns_named,
    ),
]
