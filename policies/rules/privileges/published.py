"""What is given past the account: to other accounts, to recipients, to the whole internet."""

from __future__ import annotations

import re
from typing import Any

from ..anywhere import is_anywhere
from ..kinds import databricks, snowflake
from ..ours import normal
from ..rule import CRITICAL, HIGH, Judged, Report, Rule, names
from ..values import is_word

LISTING, MANAGED = snowflake("Listing"), snowflake("ManagedAccount")
ACCOUNT = snowflake("Account")
RECIPIENT = databricks("Recipient")
METASTORE = databricks("Metastore")
# Lists of accounts that get a copy, or may read.
ACCOUNTS = {
    **dict.fromkeys(snowflake("FailoverGroup"), ("allowedAccounts",)),
    **dict.fromkeys(snowflake("PrimaryConnection"), ("enableFailoverToAccounts",)),
    **dict.fromkeys(snowflake("Database"), ("replication.enableToAccounts",)),
}
EMBEDDING = databricks(
    "AibiDashboardEmbeddingAccessPolicySetting",
    "AibiDashboardEmbeddingApprovedDomainsSetting",
    "WorkspaceSettingV2",
    "AccountSettingV2",
)
DATA_API = databricks("PostgresDataApi")
POLICY = databricks("PolicyInfo")
MASKS = snowflake("MaskingPolicy", "RowAccessPolicy")
EVERYTHING = frozenset({"true", "notfalse"})
REMARKS = re.compile(r"/\*.*?\*/|(--|//)[^\n]*", re.DOTALL)
CAST = re.compile(r"::\w+(\(\d+\))?$")
# Of a condition that is always met: what is the same on both sides; for everybody's role; or true.
SAME = re.compile(r"(?P<one>[\w.']+)=(?P=one)")
ALWAYS = re.compile(
    r"casewhen(true|1=1|is_role_in_session\('public'\))then(?!'|\"|sha|null)"
    r"|^\(*is_role_in_session\('public'\)\)*$|(^|or)\(*(true|1=1)\)*$|^\(*(true|1=1)\)*or"
)


def _inside(props: Any, path: str) -> Any:
    for part in path.split("."):
        props = (props or {}).get(part)
    return props


def _accounts(judged: Judged) -> list[tuple[str, Any]]:
    """Each replica's account has its name in an object there."""
    found = []
    for path in ACCOUNTS.get(judged.kind, ()):
        with judged.later():
            for each in judged.known(_inside(judged.props, path)):
                name = each if isinstance(each, str) else each.get("accountIdentifier")
                found.append((path, name))
    return found


def _data_not_published(judged: Judged, report: Report) -> None:
    props, allowed = judged.props, {normal(name) for name in judged.limits["accounts"]}
    if judged.kind in LISTING and not is_word(props.get("publish"), "false"):
        report("The listing is published: accounts that nobody names here may read its share.")
    elif judged.kind in MANAGED:
        report(
            "A reader account is outside this account: its administrator gives to whom he likes."
        )
    elif judged.kind in ACCOUNT:
        report(
            f"The new account has an administrator, {props.get('adminName')}, whom no rule of this "
            "stack holds."
        )
    elif judged.kind in RECIPIENT:
        name = props.get("name")
        if normal(name or "") not in allowed:
            how = (
                "whoever has its token"
                if is_word(props.get("authenticationType"), "token")
                else name
            )
            report(f"The recipient is outside this account: {how} reads what is shared with it.")
    elif judged.kind in METASTORE and is_word(
        props.get("deltaSharingScope"), "internal_and_external"
    ):
        report("deltaSharingScope is INTERNAL_AND_EXTERNAL: data can be shared outside by a token.")
    elif judged.kind in EMBEDDING:
        policy = props.get("aibiDashboardEmbeddingAccessPolicy") or {}
        if is_word(policy.get("accessPolicyType"), "allow_all_domains"):
            report("accessPolicyType is ALLOW_ALL_DOMAINS: dashboards can stand on any web page.")
        approved = props.get("aibiDashboardEmbeddingApprovedDomains") or {}
        for domain in judged.known(approved.get("approvedDomains")):
            if is_anywhere(domain):
                report(f"approvedDomains has {domain}: dashboards can stand on any web page.")
    elif judged.kind in DATA_API:
        spec = props.get("spec") or {}
        if any(origin == "*" for origin in judged.known(spec.get("serverCorsAllowedOrigins"))):
            report("serverCorsAllowedOrigins has *: every web page may ask for its reader's data.")
    for path, name in _accounts(judged):
        if normal(name or "") not in allowed:
            report(f"{path} has {name}: that account gets the data, the users and the roles.")


def _masks_hold(judged: Judged, report: Report) -> None:
    if judged.kind in POLICY:
        if judged.props.get("grant"):
            return  # what it grants, and to whom, the rules about grants judge
        exempt = judged.known(judged.props.get("exceptPrincipals"))
        allowed = {normal(name) for name in judged.limits["exempt"]}
        for principal in exempt:
            if normal(principal) not in allowed:
                report(f"{principal} is exempt: it reads what the policy hides from the rest.")
        return
    written = REMARKS.sub(" ", judged.props.get("body") or "")
    body = "".join(written.split()).casefold().replace('"', "")
    arguments = judged.known(judged.props.get("arguments"))
    names = {normal(each.get("name") or "") for each in arguments}
    bare = CAST.sub("", body.strip("()"))
    if bare in names | EVERYTHING or ALWAYS.search(body) or SAME.fullmatch(bare):
        report("The policy's body hides nothing: it is the value itself, or true.")


RULES = [
    Rule(
        name="data-not-published",
        description="Nothing is given past the account: no listing, reader, recipient or copy.",
        why="What another account reads, nobody here can take back or see.",
        fix="Take it out, or name the account or recipient in `accounts`.",
        url="https://docs.snowflake.com/en/user-guide/data-sharing-intro",
        severity=CRITICAL,
        kinds=LISTING
        | MANAGED
        | ACCOUNT
        | RECIPIENT
        | METASTORE
        | EMBEDDING
        | DATA_API
        | frozenset(ACCOUNTS),
        check=_data_not_published,
        limits={
            "accounts": names("Accounts (ORG.ACCOUNT) and recipients that may have it."),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="masks-hold",
        description="A mask or a row filter hides something, and from everybody it should.",
        why="A policy that exempts the reader looks like protection, and is none.",
        fix="Write the condition, or name who is exempt in `exempt`.",
        url="https://docs.databricks.com/aws/en/data-governance/unity-catalog/abac/",
        severity=HIGH,
        kinds=POLICY | MASKS,
        check=_masks_hold,
        limits={
            "exempt": names("Principals that may be exempt from masks."),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
]
