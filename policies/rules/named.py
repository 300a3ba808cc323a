"""Of both warehouses: what no rule judges, or what comes from outside of the stack.
`unknowns-named` says it in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pulumi_policy import PolicyResource

from .identity.credentials import LONGEST_TOKEN
from .kinds import OTHER_USERS, SERVICE_USER, databricks, snowflake
from .ours import Ours, shown, sources
from .privileges.apps import APPS
from .privileges.owners import OWNED
from .privileges.statements import BODIES, BODY
from .privileges.use import WALLS
from .values import each_of, is_unseen, is_word, leaves, peek

# Settings of Databricks by name: those that a rule judges, and what says nothing of access.
SETTINGS = databricks("AccountSettingV2", "WorkspaceSettingV2")
SETTINGS_JUDGED = frozenset(
    {
        *("accountId", "aibiDashboardEmbeddingAccessPolicy", "name", "personalCompute"),
        *("aibiDashboardEmbeddingApprovedDomains", "providerConfig", "restrictWorkspaceAdmins"),
        *("automaticClusterUpdateWorkspace", "defaultNamespace", "id"),
    }
)
CONF = databricks("WorkspaceConf")
CONF_JUDGED = frozenset({*WALLS, LONGEST_TOKEN, "enableIpAccessLists"})
DASHBOARD = databricks("Dashboard")
POSTGRES = databricks("PostgresDatabase")
# Where a secret of a scope is given, the scope.
ACL, SCOPE = databricks("SecretAcl"), databricks("SecretScope")
# Parameters of an account that attach a policy, say who signs in, or publish; and what makes them.
PARAMETERS = {
    "CATALOG_SYNC": frozenset[str](),
    "NETWORK_POLICY": snowflake("NetworkPolicy"),
    "SAML_IDENTITY_PROVIDER": frozenset[str](),
}
PARAMETER = snowflake("AccountParameter")
SIGNS_IN = snowflake("Saml2Integration", "ScimIntegration")
PEOPLE, USERS = snowflake("User"), SERVICE_USER | OTHER_USERS
FAILOVER = snowflake("FailoverGroup")
CONTAINERS = snowflake("JobService", "Service")
ATTACHMENT = snowflake("NetworkPolicyAttachment")
NETWORK_POLICY, NETWORK_RULE = snowflake("NetworkPolicy"), snowflake("NetworkRule")
TAGGING = snowflake("TagAssociation")
# What refers to another resource of Snowflake, by which property, and what that must be.
REFERS = {
    **dict.fromkeys(PEOPLE, ("networkPolicy", NETWORK_POLICY)),
    **dict.fromkeys(ATTACHMENT, ("users", USERS)),
    **dict.fromkeys(NETWORK_POLICY, ("allowedNetworkRuleLists", NETWORK_RULE)),
    **dict.fromkeys(TAGGING, ("tagId", snowflake("Tag"))),
}
# In the code of a task, an alert or a procedure: other code, and data that goes to a stage.
OTHER_CODE = re.compile(
    r"\b(call|execute\s+(immediate|notebook|job)|copy\s+into\s+['@])", re.IGNORECASE
)
PROCEDURES = snowflake(
    *("ProcedureJava", "ProcedureJavascript", "ProcedurePython", "ProcedureScala"),
)


def told(resource: PolicyResource, kind: str, ours: Ours) -> Iterator[str]:
    """What a reviewer must look at."""
    if kind.startswith("databricks."):
        yield from _of_databricks(resource, kind, ours)
    elif kind.startswith("snowflake."):
        yield from _of_snowflake(resource, kind, ours)


def _of_databricks(resource: PolicyResource, kind: str, ours: Ours) -> Iterator[str]:
    props = resource.props
    if kind in SETTINGS:
        for key in props:
            if key not in SETTINGS_JUDGED and not key.startswith("effective"):
                yield f"{key} is a setting that no rule judges."
    if kind in CONF and isinstance(conf := peek(props, "customConfig"), Mapping):
        for key in conf:
            if key not in CONF_JUDGED:
                yield f"customConfig.{key} is a setting that no rule judges."
    if kind in ACL | APPS:
        for path, key, scope in leaves(props):
            made = sources(resource, path.partition("[")[0])
            if key == "scope" and isinstance(scope, str) and not ours.has(scope, made, SCOPE):
                yield f"{path} is {scope}, which this stack does not make: what is in it is unseen."
    owner = peek(props, "owner")
    if kind in OWNED and isinstance(owner, str) and "@" in owner:
        yield "owner is a person, who has every privilege there. A group is seen by its members."
    role = peek(peek(props, "spec") or {}, "role") if kind in POSTGRES else None
    if role and not is_unseen(role):
        yield "spec.role owns the database, and no grant of the catalog counts there."
    if is_word(peek(props, "publicAccessEnabled"), "true"):
        yield "publicAccessEnabled is true: the workspace is reached from the internet, too."


def _of_snowflake(resource: PolicyResource, kind: str, ours: Ours) -> Iterator[str]:
    props = resource.props
    if kind in PARAMETER:
        key, value = peek(props, "key"), peek(props, "value")
        name = "".join(key).upper() if isinstance(key, str) else ""
        kinds = PARAMETERS.get(name)
        if kinds is not None and not ours.has(value, sources(resource, "value"), kinds):
            yield (
                f"{name} is {shown(value)}, which this stack does not make: who signs in or reads "
                "by it, and from where, no rule has seen."
            )
    if kind in SIGNS_IN:
        yield "Who signs in by it, and as whom, the identity provider says."
    if kind in FAILOVER and peek(props, "fromReplica"):
        yield "fromReplica: another account says which users, roles and grants are here."
    if kind in CONTAINERS or (kind in PROCEDURES and peek(props, "imports")):
        yield "Code in an image or a file: what it does, with its owner's role, no rule can see."
    for key in BODY if kind in BODIES else ():
        body = peek(props, key)
        if isinstance(body, str) and not is_unseen(body) and OTHER_CODE.search(body):
            yield f"{key} runs other code, or unloads data: what that does no rule can see."
    yield from _elsewhere(resource, kind, ours)


def _elsewhere(resource: PolicyResource, kind: str, ours: Ours) -> Iterator[str]:
    """Policies, rules, tags and users of Snowflake that the stack does not make."""
    if kind not in REFERS:
        return
    key, kinds = REFERS[kind]
    made = sources(resource, key)
    for name in each_of(resource.props, key):
        # An attachment takes a user's name in any case.
        known = isinstance(name, str) and ours.has(name.upper(), made, kinds)
        if ours.judgeable(name, made, key) and not known and not ours.has(name, made, kinds):
            yield f"{key} has {shown(name)}, which this stack does not make: it is not seen here."
