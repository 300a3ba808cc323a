"""From where a service account may sign in."""

from __future__ import annotations

import ipaddress

from ..kinds import SERVICE_USER, databricks, kind_of, snowflake
from ..rule import ADVISORY, HIGH, MEDIUM, Judged, Report, ReportOn, Rule, Stack
from ..values import is_set, is_unknown, is_word, texts

POLICY = snowflake("NetworkPolicy")
RULE = snowflake("NetworkRule")
ATTACHMENT = snowflake("NetworkPolicyAttachment")
ACCESS_LIST = databricks("IpAccessList")
ADDRESSES = {
    **dict.fromkeys(POLICY, "allowedIpLists"),
    **dict.fromkeys(RULE, "valueLists"),
    **dict.fromkeys(ACCESS_LIST, "ipAddresses"),
}
PROVIDERS = frozenset({"pulumi.databricks", "pulumi.snowflake"})
UNVERIFIED = {
    "skipVerify": "true",
    "insecureMode": "true",
    "disableOcspChecks": "true",
    "protocol": "http",
}
ALLOWED = ("allowedIpLists", "allowedNetworkRuleLists")
ABOUT = "https://docs.snowflake.com/en/user-guide/network-policies"


def _network_bounded(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in RULE and not (
        is_word(props.get("type"), "ipv4") and (props.get("mode") or "").upper() == "INGRESS"
    ):
        return
    if judged.kind in ACCESS_LIST and not is_word(props.get("listType"), "allow"):
        return
    key = ADDRESSES[judged.kind]
    addresses = judged.known(props.get(key))
    if judged.kind in POLICY and not any(is_set(props, each) for each in ALLOWED):
        report("It names nobody that is allowed, so all that it does not block may come.")
    networks = []
    for address in addresses:
        try:
            networks.append(ipaddress.IPv4Network(address, strict=False))
        except ValueError:
            continue  # the warehouse refuses it
    if any(network.prefixlen == 0 for network in ipaddress.collapse_addresses(networks)):
        report(f"{key} together are 0.0.0.0/0, the whole internet.")


def _users_network_policy(stack: Stack, report: ReportOn) -> None:
    attached: set[str] = set()
    for resource in stack.resources:
        if kind_of(resource.resource_type) in ATTACHMENT:
            if is_word(resource.props.get("setForAccount"), "true"):
                return
            attached |= {name.upper() for name in texts(resource.props.get("users"))}
            attached |= {each.urn for each in resource.property_dependencies.get("users", [])}
    for resource in stack.resources:
        if kind_of(resource.resource_type) not in SERVICE_USER or resource.urn in attached:
            continue
        props = resource.props
        # A stack is judged by its outputs, in which what is left out is not known before `up`,
        # either: the plugin fills it in. Only what comes from a resource was written by somebody.
        key = "networkPolicy"
        written = resource.property_dependencies if is_unknown(props, key) else props
        if written.get(key):
            continue
        if is_unknown(props, "name") or (props.get("name") or "").upper() not in attached:
            report("The user may sign in from any address that the account allows.", resource.urn)


def _providers_verify(judged: Judged, report: Report) -> None:
    for key, wrong in UNVERIFIED.items():
        with judged.later():
            value = judged.props.get(key)
            if is_word(value, wrong):
                report(f"{key} is {value}: whoever is in between could answer for the warehouse.")
    with judged.later():
        if (judged.props.get("host") or "").lower().startswith("http://"):
            report("host begins with http: whoever is in between could answer for the warehouse.")


RULES = [
    Rule(
        name="providers-verify",
        description="A provider talks to the warehouse over TLS, and checks who answers.",
        why="The deployer's credential, and everything that it makes, pass through it.",
        fix="Leave it out.",
        url="https://www.pulumi.com/registry/packages/snowflake/installation-configuration/",
        severity=HIGH,
        kinds=PROVIDERS,
        check=_providers_verify,
    ),
    Rule(
        name="network-bounded",
        description="A network policy does not allow the whole internet.",
        why="It says that there is a limit where there is none.",
        fix="Name Cube's addresses.",
        url=ABOUT,
        severity=HIGH,
        kinds=frozenset(ADDRESSES),
        check=_network_bounded,
        references=[("CIS Snowflake 1.0.0", "3.1"), ("CIS Snowflake 1.0.0", "3.2")],
    ),
    Rule(
        name="service-users-network-policy",
        description="A service user has a network policy.",
        why="A stolen key then works from Cube's addresses only.",
        fix="Name Cube's addresses (cube-access:allowedCidrs), or set networkPolicy.",
        url=ABOUT,
        severity=MEDIUM,
        level=ADVISORY,
        kinds=SERVICE_USER,
        stack_check=_users_network_policy,
        references=[("CIS Snowflake 1.0.0", "3.2")],
    ),
]
