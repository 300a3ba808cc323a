"""Compute is used, not administered and not made."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from ..documents import read_json
from ..kinds import databricks
from ..ours import normal
from ..rule import HIGH, Judged, Props, Report, Rule, names
from ..values import has, is_unknown, is_unseen, is_word, leaves, peek
from .apps import APPS

# What is administered is compute: who manages a job, a notebook or a query of her own takes nothing
# from anybody.
COMPUTE = {
    "clusterId": "a cluster",
    "clusterPolicyId": "a cluster policy",
    "instancePoolId": "an instance pool",
}
ADMINISTER = ("CAN_MANAGE", "IS_OWNER")
# Whoever may make personal access tokens, or sign in with a password, signs in past SSO.
AUTHORIZATION = "authorization"
ENTITLED = databricks("AccountIamWorkspaceAssignmentV2", "WorkspaceIamWorkspaceAssignmentV2")
CREATION = ("allowClusterCreate", "allowInstancePoolCreate")
SECRET_ACL = databricks("SecretAcl")
READ = "read"
CLUSTER_POLICY = databricks("ClusterPolicy")
# What has the specification of a cluster in it, at whatever depth.
CLUSTERS = databricks("Cluster", "Job", "Pipeline")
# Of a workspace, by their words: what keeps users apart, and what lets code in.
WALLS = {
    "enforceUserIsolation": "false",
    "enableJobViewAcls": "false",
    "enforceClusterViewAcls": "false",
    "enforceWorkspaceViewAcls": "false",
    "enableDeprecatedClusterNamedInitScripts": "true",
    "enableDeprecatedGlobalInitScripts": "true",
}
WORKSPACE_CONF = databricks("WorkspaceConf")
SSH_KEYS = "sshPublicKeys"
LEGACY_SETTINGS = databricks("DisableLegacyAccessSetting", "DisableLegacyDbfsSetting")
LEGACY_OFF = ("disableLegacyAccess", "disableLegacyDbfs")
SQL_CONFIG, ALLOWLIST = databricks("SqlGlobalConfig"), databricks("ArtifactAllowlist")
EVERY_ARTIFACT = frozenset({"", "*", "/", "/Volumes/", "abfss://", "dbfs:/", "gs://", "s3://"})
LOCATION = databricks("ExternalLocation")
# In the configuration of compute: credentials and roles for buckets.
STORAGE = re.compile(
    r"fs\.(azure\.(account\.(key|oauth)|sas)|s3a?\.(access|secret)\.?key|s3a\.stsassumerole"
    r"|s3a\.assumed\.role|gs\.auth)",
    re.IGNORECASE,
)
MOUNT, META_PROFILE = databricks("Mount"), databricks("InstanceProfile")
NO_ISOLATION = re.compile(r"NONE|NO_ISOLATION|LEGACY_.*", re.IGNORECASE)
# As a cluster policy's pattern can allow them.
WITHOUT_WALLS = (
    *("NONE", "NO_ISOLATION", "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER"),
    *("LEGACY_SINGLE_USER_STANDARD", "LEGACY_TABLE_ACL"),
)
LONGEST_PATTERN = 200
"""Of a cluster policy, in characters, that is tried."""
# Not counted: what is escaped, and sets of characters.
ONE_CHARACTER = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
# A repeated group, such as (a+)+ or (a|a)*; and the flag with which spaces may stand between.
REPEATED_GROUP = re.compile(r"\)\s*[*+{]|\(\?[a-z]*x")
MOST_WAYS = 100_000
"""To match a cluster policy's pattern with a mode; one with more could take longer than anybody
waits.
"""
ANY = "of any name"
TOO_SLOW = "what its pattern lets in, which is too slow to try"
SHARED_RIGHTS = "whoever attaches has the rights of the others on it."
AS_THAT_ROLE = "code there is that role in the cloud, past every grant."
CLOUD_ROLES = {
    **dict.fromkeys(databricks("GroupInstanceProfile", "UserInstanceProfile"), "instanceProfileId"),
    **dict.fromkeys(databricks("GroupRole", "UserRole", "ServicePrincipalRole"), "role"),
}
# Compute that is such a role, by these properties at whatever depth.
COMPUTE_WITH_ROLE = (
    CLUSTERS | SQL_CONFIG | databricks("InstancePool", "ModelServing", "SqlEndpoint")
)
ROLE_OF_COMPUTE = frozenset({"instanceProfileArn", "googleServiceAccount"})
# The same in the text of a cluster policy.
MODE_IN_POLICY = "data_security_mode"
ROLES_IN_POLICY = ("aws_attributes.instance_profile_arn", "gcp_attributes.google_service_account")
POLICY_TEXTS = ("definition", "policyFamilyDefinitionOverrides")


def _warehouse_use_only(judged: Judged, report: Report) -> None:
    props = judged.props
    compute = next((what for key, what in COMPUTE.items() if has(props, key)), "")
    for entry in judged.known(props.get("accessControls")):
        with judged.later():
            given = entry.get("permissionLevel") or ""
            level, whom = given.upper(), _whom(entry)
            if has(props, "sqlEndpointId") and level not in judged.limits["levels"]:
                report(f"Gives {given} on a SQL warehouse to {whom}: more than using it.")
            elif compute and level in ADMINISTER:
                report(f"Gives {given} on {compute} to {whom}: more than using it.")
            elif has(props, AUTHORIZATION):
                report(f"Gives {given} on {props[AUTHORIZATION]} to {whom}: a way in past SSO.")


def _whom(entry: Props) -> str:
    names = ("groupName", "userName", "servicePrincipalName")
    given = next((name for name in names if is_unknown(entry, name) or entry.get(name)), None)
    if given is None or is_unknown(entry, given):
        return "one that is not known yet"
    return f"{entry[given]}"


def _secret_scopes_read_only(judged: Judged, report: Report) -> None:
    allowed = {normal(name) for name in judged.limits["managers"]}
    if judged.kind in SECRET_ACL:
        level = judged.props.get("permission") or ""
        known = not is_unknown(judged.props, "principal")
        whom = judged.props.get("principal") if known else "one that is not known yet"
        if not is_word(level, READ) and normal(whom) not in allowed:
            report(f"Gives {level} on a secret scope to {whom}: more than reading it.")
        return
    for resource in judged.known(judged.props.get("resources")):
        with judged.later():
            level = (resource.get("secret") or {}).get("permission") or READ
            if not is_word(level, READ):
                report(f"The app gets {level} on a secret scope: more than reading it.")


def _clusters_isolate(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in ALLOWLIST:
        for matcher in judged.known(props.get("artifactMatchers")):
            with judged.later():
                if _is_every(matcher.get("artifact") or ""):
                    report(
                        f"{matcher['artifact']} is allowed: everybody's code runs for all users."
                    )
        return
    if judged.kind in SQL_CONFIG:
        if is_word(props.get("securityPolicy"), "none"):
            report("securityPolicy is NONE: a SQL warehouse checks no privileges of tables.")
        if is_word(props.get("securityPolicy"), "passthrough"):
            report("securityPolicy is PASSTHROUGH: buckets decide, and no privilege of a table.")
        return
    if judged.kind in LEGACY_SETTINGS:
        for key in LEGACY_OFF:
            value = peek(peek(props, key) or {}, "value")
            if is_unseen(value):
                judged.not_known(key)
            elif is_word(value, "false"):
                report(f"{key} is false: data is reached past the catalog.")
        return
    if judged.kind in WORKSPACE_CONF:
        conf = peek(props, "customConfig")
        for key, wrong in WALLS.items() if isinstance(conf, Mapping) else ():
            if is_word(peek(conf, key), wrong):
                report(f"{key} is {wrong}: a user of the workspace sees or runs what is another's.")
        return
    for path, key, mode in leaves(props):
        if key == "cannedAcl" and f"{mode}".lower().startswith(("public", "authenticated")):
            report(f"{path} is {mode}: everybody reads the cluster's logs.")
        elif key == SSH_KEYS:
            report(f"{path} is set: who has the key is the administrator of the driver.")
        elif key == "dataSecurityMode" and is_unseen(mode):
            judged.not_known(path)
        elif key == "dataSecurityMode" and isinstance(mode, str) and NO_ISOLATION.fullmatch(mode):
            report(f"{path} is {mode}: {SHARED_RIGHTS}")
    for mode in _allowed_by(judged, MODE_IN_POLICY):
        if mode == TOO_SLOW:
            report(f"The pattern of {MODE_IN_POLICY} is too slow to try: list the modes instead.")
        elif NO_ISOLATION.fullmatch(mode):
            report(f"The policy allows {MODE_IN_POLICY} {mode}: {SHARED_RIGHTS}")


def _is_every(artifact: str) -> bool:
    """Databricks compares beginnings, and not whole names."""
    return any(each.startswith(artifact) for each in EVERY_ARTIFACT)


def _allowed_by(judged: Judged, attribute: str) -> Iterator[str]:
    """What a cluster policy sets an attribute to, or lets be chosen by name."""
    for key in POLICY_TEXTS if judged.kind in CLUSTER_POLICY else ():
        with judged.later():
            definition = read_json(judged.props.get(key) or "{}")
            if not isinstance(definition, Mapping):
                raise TypeError(key)  # the rule says that it cannot judge it
            limits = definition.get(attribute) or {}
            if limits.get("type") in ("unlimited", "blocklist") and attribute != MODE_IN_POLICY:
                yield ANY
            given = [limits.get("value"), limits.get("defaultValue"), *(limits.get("values") or ())]
            if limits.get("type") == "blocklist":
                blocked = limits.get("values") or ()
                given = [limits.get("defaultValue")]
                given += [each for each in WITHOUT_WALLS[:1] if each not in blocked]
            elif limits.get("type") == "unlimited":
                given += WITHOUT_WALLS
            elif limits.get("type") == "regex" and attribute != MODE_IN_POLICY:
                given = [f"{limits.get('pattern')}, a pattern"]
            elif limits.get("type") == "regex":
                try:
                    given += _matching(limits.get("pattern") or "")
                except (re.error, OverflowError):  # of Java's, which Databricks reads
                    judged.not_known(key)
            known = attribute == MODE_IN_POLICY
            yield from (
                each
                for each in given
                if isinstance(each, str) and (known or each not in WITHOUT_WALLS)
            )


def _matching(pattern: str) -> list[str]:
    """The modes without isolation that a pattern allows; TOO_SLOW alone: it was not tried.

    Raises:
        re.error: it is none of Python's.
    """
    if len(pattern) > LONGEST_PATTERN or _ways(pattern) > MOST_WAYS:
        return [TOO_SLOW]
    return [mode for mode in WITHOUT_WALLS if re.fullmatch(pattern, mode)]


def _ways(pattern: str) -> float:
    """In how many ways a pattern could match a mode, at most: of an alternation in a group each
    one, of a repetition each length.
    """
    plain = ONE_CHARACTER.sub("x", pattern)
    if REPEATED_GROUP.search(plain):
        return math.inf
    others, ways, open_groups = 0, 1, []
    for before, letter in pairwise(f" {plain}"):
        if letter == "(":
            open_groups.append(1)
        elif letter == "|" and open_groups:
            open_groups[-1] += 1
        elif letter == "|":
            others, ways = others + ways, 1
        elif letter == ")" and open_groups:
            ways *= open_groups.pop()
        elif letter in "*+{":
            ways *= 1 + max(map(len, WITHOUT_WALLS))
        elif letter == "?" and before != "(":
            ways *= 2
    return others + ways


def _cloud_roles_not_given(judged: Judged, report: Report) -> None:
    allowed = judged.limits["profiles"]
    if judged.kind in LOCATION:
        if is_word(judged.props.get("fallback"), "true"):
            report("fallback is true: where no grant lets in, the cluster's own role does.")
    elif judged.kind in MOUNT:
        report("A mount is read by everybody in the workspace, past every grant of the catalog.")
    elif judged.kind in META_PROFILE:
        if is_word(judged.props.get("isMetaInstanceProfile"), "true"):
            report("isMetaInstanceProfile is true: it can become every role that trusts it.")
    elif judged.kind in CLUSTER_POLICY:
        for attribute in ROLES_IN_POLICY:
            for role in _allowed_by(judged, attribute):
                if role not in allowed:
                    report(f"The policy allows {attribute} {role}: {AS_THAT_ROLE}")
    elif judged.kind in COMPUTE_WITH_ROLE:
        for path, key, role in leaves(judged.props):
            if key in ROLE_OF_COMPUTE and is_unseen(role):
                judged.not_known(path)
            elif key in ROLE_OF_COMPUTE and role and role not in allowed:
                report(f"{path} is {role}: {AS_THAT_ROLE}")
            elif role and STORAGE.search(path) and role not in allowed:
                report(f"{path} reaches storage past every grant of the catalog.")
    else:
        role = judged.props.get(CLOUD_ROLES[judged.kind]) or ""
        if role.startswith("arn:") and role not in allowed:
            report(f"Gives {role}: {AS_THAT_ROLE}")


def _compute_not_created(judged: Judged, report: Report) -> None:
    for each in judged.known(judged.props.get("entitlements")):
        if each.replace("-", "_").upper().endswith(("CLUSTER_CREATE", "POOL_CREATE")):
            report(f"{each}: it can start compute of its own, with its own rules.")
    with judged.later():
        personal = judged.props.get("personalCompute") or {}
        if is_word(personal.get("value"), "on"):
            report("personalCompute is ON: everybody of the account starts compute of their own.")
    for key in CREATION:
        with judged.later():
            if is_word(judged.props.get(key), "true"):
                report(f"{key} is true: it can start compute of its own, with its own rules.")


RULES = [
    Rule(
        name="warehouse-use-only",
        description="A SQL warehouse is used, not administered.",
        why="Whoever manages a warehouse can stop it, resize it and give it to others.",
        fix="Give what uses it: CAN_USE, on a cluster CAN_ATTACH_TO or CAN_RESTART. More on a SQL "
        "warehouse is named in `levels`.",
        url="https://docs.databricks.com/aws/en/security/auth/access-control/",
        severity=HIGH,
        kinds=databricks("Permissions"),
        check=_warehouse_use_only,
        limits={
            "levels": names("What may be given on a SQL warehouse.", ["CAN_USE"]),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="compute-not-created",
        description="No identity may create clusters or pools.",
        why="On compute of one's own, neither the SQL warehouse's limits nor its log hold.",
        fix="Leave it out: databricks-sql-access is enough for SQL.",
        url="https://docs.databricks.com/aws/en/security/auth/entitlements",
        severity=HIGH,
        kinds=databricks(*("AccountSettingV2", "Entitlements", "Group", "ServicePrincipal", "User"))
        | ENTITLED,
        check=_compute_not_created,
        references=[("Databricks SAT", "INFO-4"), ("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="secret-scopes-read-only",
        description="Secrets of a Databricks scope are read, not written or given on.",
        why="Whoever manages a scope gives its secrets on; whoever writes replaces a credential.",
        fix="Give READ, or name the principal in `managers`.",
        url="https://docs.databricks.com/aws/en/security/auth/access-control/#secret-acls",
        severity=HIGH,
        kinds=SECRET_ACL | APPS,
        check=_secret_scopes_read_only,
        limits={
            "managers": names("Principals that may write and manage: the platform's own group."),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="clusters-isolate",
        description="A cluster keeps its users apart.",
        why="Without isolation, whoever attaches can be everybody else on it, and sees all data.",
        fix="Leave the setting out; as dataSecurityMode use USER_ISOLATION or SINGLE_USER.",
        url="https://docs.databricks.com/aws/en/compute/access-mode-limitations",
        severity=HIGH,
        kinds=CLUSTERS | CLUSTER_POLICY | SQL_CONFIG | ALLOWLIST | WORKSPACE_CONF | LEGACY_SETTINGS,
        check=_clusters_isolate,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="cloud-roles-not-given",
        description="No identity and no compute of Databricks is given a role of the cloud.",
        why="Code on compute reads buckets as that role, and no grant of the catalog counts.",
        fix="Use an external location and grants on it, or name the role in `profiles`.",
        url="https://docs.databricks.com/aws/en/connect/storage/tutorial-s3-instance-profile",
        severity=HIGH,
        kinds=frozenset(CLOUD_ROLES)
        | COMPUTE_WITH_ROLE
        | CLUSTER_POLICY
        | LOCATION
        | MOUNT
        | META_PROFILE,
        check=_cloud_roles_not_given,
        limits={
            "profiles": names(
                "ARNs of instance profiles, and Google service accounts, that may be given."
            ),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
]
