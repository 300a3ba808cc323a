"""From where a service account may sign in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from ..anywhere import is_anywhere
from ..documents import SHORTEST_PREFIX
from ..kinds import SERVICE_USER, databricks, kind_of, snowflake
from ..rule import ADVISORY, HIGH, MEDIUM, Judged, Props, Report, ReportOn, Rule, Stack
from ..values import SecretText, is_set, is_unknown, is_word, listed, texts

POLICY = snowflake("NetworkPolicy")
RULE = snowflake("NetworkRule")
ATTACHMENT = snowflake("NetworkPolicyAttachment")
ACCESS_LIST = databricks("IpAccessList")
WORKSPACE_CONF, AUTHENTICATION = databricks("WorkspaceConf"), snowflake("AuthenticationPolicy")
ACCOUNT_POLICY = databricks("AccountNetworkPolicy")
ADDRESSES = {
    **dict.fromkeys(POLICY, "allowedIpLists"),
    **dict.fromkeys(RULE, "valueLists"),
    **dict.fromkeys(ACCESS_LIST, "ipAddresses"),
}
# Of a provider: where it asks, and where it signs in.
ADDRESSED = (
    *("host", "oktaUrl", "oauthAuthorizationUrl", "oauthTokenRequestUrl", "oauthRedirectUri"),
    *("oauthEndpoint", "authorizationUrl", "tokenUrl"),
)
PROVIDERS = frozenset({"pulumi.databricks", "pulumi.snowflake"})
UNVERIFIED = {
    "certRevocationCheckMode": "disabled",
    "insecureSkipVerify": "true",
    "skipVerify": "true",
    "insecureMode": "true",
    "disableOcspChecks": "true",
    "protocol": "http",
}
INBOUND = ("INGRESS", "INTERNAL_STAGE", "POSTGRES_INGRESS")
ALLOWED = ("allowedIpLists", "allowedNetworkRuleLists")
ABOUT = "https://docs.snowflake.com/en/user-guide/network-policies"


def _network_bounded(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in RULE:
        mode, kind = (props.get("mode") or "").upper(), (props.get("type") or "").upper()
        if mode == "EGRESS" and kind == "HOST_PORT":
            for address in judged.known(props.get("valueLists")):
                if is_anywhere(address):
                    report(f"valueLists has {address}: code may send data to everybody's address.")
        if kind not in ("IPV4", "IPV6") or mode not in INBOUND:
            return
    if judged.kind in ACCESS_LIST and not is_word(props.get("listType"), "allow"):
        return
    if judged.kind in WORKSPACE_CONF:
        if is_word((props.get("customConfig") or {}).get("enableIpAccessLists"), "false"):
            report("enableIpAccessLists is false: no list of addresses holds in the workspace.")
        return
    if judged.kind in AUTHENTICATION:
        policy = props.get("patPolicy") or {}
        if is_word(policy.get("networkPolicyEvaluation"), "not_enforced"):
            report("networkPolicyEvaluation is NOT_ENFORCED: a token works from every address.")
        if is_word(policy.get("networkPolicyEvaluation"), "enforced_not_required"):
            report(
                "networkPolicyEvaluation is ENFORCED_NOT_REQUIRED: where a user has no policy, a "
                "token works from every address."
            )
        if is_word(policy.get("requireRoleRestrictionForServiceUsers"), "false"):
            report(
                "requireRoleRestrictionForServiceUsers is false: a service's token has every role "
                "of the service."
            )
        return
    if judged.kind in ACCOUNT_POLICY:
        for way, access in (("ingress", "publicAccess"), ("egress", "networkAccess")):
            with judged.later():
                inside = (props.get(way) or {}).get(access) or {}
                if is_word(inside.get("restrictionMode"), "full_access"):
                    report(f"{way}.{access}.restrictionMode is FULL_ACCESS: the whole internet.")
                enforced = inside.get("policyEnforcement") or {}
                if is_word(enforced.get("enforcementMode"), "dry_run"):
                    report(f"{way}.{access} is a DRY_RUN: what is not allowed is only logged.")
                for allowing in judged.known(inside.get("allowRules")):
                    with judged.later():
                        _origin(f"{way}.{access}", allowing.get("origin") or {}, judged, report)
                for each in judged.known(inside.get("allowedInternetDestinations")):
                    if is_anywhere(each.get("destination") or ""):
                        report(
                            f"{way}.{access} allows {each['destination']}: code may send data to "
                            "everybody's address."
                        )
        return
    key = ADDRESSES[judged.kind]
    if judged.kind in ACCESS_LIST and is_word(props.get("enabled"), "false"):
        report("enabled is false: the list holds for no address.")
    addresses = judged.known(props.get(key))
    if judged.kind in POLICY and not any(is_set(props, each) for each in ALLOWED):
        report("It names nobody that is allowed, so all that it does not block may come.")
    if wide := _wide(addresses, judged.limits["prefix"]):
        whole = ", the whole internet" if "0.0.0.0/0" in wide else ""
        report(f"{key} together are {listed(wide)}{whole}.")


def _origin(path: str, origin: Props, judged: Judged, report: Report) -> None:
    """From where a rule of an account's network policy lets in."""
    if is_word(origin.get("allIpRanges"), "true"):
        report(f"{path} allows all addresses.")
    if origin.get("excludedIpRanges"):
        report(f"{path} allows all addresses but some.")
    ranges = judged.known((origin.get("includedIpRanges") or {}).get("ipRanges"))
    if wide := _wide(ranges, judged.limits["prefix"]):
        report(f"{path} allows {listed(wide)}.")


def _wide(addresses: Iterable[str], shortest: int) -> list[str]:
    """The networks among them that are wider than is allowed, adjoining ones together. Of a list
    with a secret in it each is one.
    """
    networks: list[ipaddress.IPv4Network] = []
    wide, hidden = [], False
    for address in addresses:
        hidden = hidden or isinstance(address, SecretText)
        try:
            # Of a secret one str() would make the words that stand for it.
            network = ipaddress.ip_network("".join(address), strict=False)
        except ValueError:
            continue  # the warehouse refuses it
        if isinstance(network, ipaddress.IPv4Network):
            networks.append(network)
        elif network.prefixlen < 2 * shortest:
            wide.append(f"{network}")
    wide += [
        f"{network}"
        for network in ipaddress.collapse_addresses(networks)
        if network.prefixlen < shortest
    ]
    return [SecretText(each) for each in wide] if hidden else wide


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
    for key in ADDRESSED:
        with judged.later():
            if (judged.props.get(key) or "").strip().lower().startswith("http://"):
                report(f"{key} begins with http: whoever is in between could answer for it.")
    with judged.later():
        endpoint = (judged.props.get("tokenAccessor") or {}).get("tokenEndpoint") or ""
        if endpoint.strip().lower().startswith("http://"):
            report("tokenEndpoint begins with http: whoever is in between reads the tokens.")


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
        description="A network policy or rule does not allow the whole internet, or much of it.",
        why="It says that there is a limit where there is none.",
        fix="Name the addresses that are meant: Cube's, an office's.",
        url=ABOUT,
        severity=HIGH,
        kinds=frozenset(ADDRESSES) | WORKSPACE_CONF | AUTHENTICATION | ACCOUNT_POLICY,
        check=_network_bounded,
        limits={
            "prefix": {
                "type": "number",
                "default": SHORTEST_PREFIX,
                "minimum": SHORTEST_PREFIX,
                "maximum": 32,
                "description": "The widest network, by the length of its prefix; of IPv6 twice.",
            }
        },
        references=[("CIS Snowflake 1.0.0", "3.1"), ("CIS Snowflake 1.0.0", "3.2")],
    ),
    Rule(
        name="service-users-network-policy",
        description="A service user has a network policy.",
        why="A stolen key then works from Cube's addresses only.",
        fix="Set networkPolicy to one that names Cube's addresses.",
        url=ABOUT,
        severity=MEDIUM,
        level=ADVISORY,
        kinds=SERVICE_USER,
        stack_check=_users_network_policy,
        references=[("CIS Snowflake 1.0.0", "3.2")],
    ),
]
