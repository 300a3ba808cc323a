"""The rules that need the whole stack: what refers to what, as the engine tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from tests.policies.cases.types import (
    AWS_SECRET,
    AWS_VERSION,
    EXECUTE,
    EXTERNAL,
    EXTERNAL_GOOD,
    GRANT,
    KEY_2048,
    KEY_PAIR,
    PERMISSIONS,
    PERMISSIONS_GOOD,
    SECRET,
    SERVICE_USER,
    SERVICE_USER_GOOD,
    databricks,
    snowflake,
)
from tests.policies.harness import Config, Resource, Said, rules_of, secret
from tests.policies.harness import judge_stack as judge_whole

UNKNOWN = UNKNOWN_STRING_VALUE
QUIET = {"service-users-network-policy": "disabled"}
ACCOUNT_ROLE = snowflake("AccountRole")


# Roles of these tests are only named, which that rule is about; it has recordings of its own.
NAMED_ONLY = {"roles-visible": "disabled"}


def judge_stack(resources: Sequence[Resource], config: Config | None = None) -> list[Said]:
    return judge_whole(resources, {**NAMED_ONLY, **(config or {})})


def role(name: str) -> Resource:
    return Resource(type=ACCOUNT_ROLE, props={"name": name}, name=name.lower())


def given(what: str, to: str, *, user: bool = False, **made_of: Any) -> Resource:
    holder = "userName" if user else "parentRoleName"
    return Resource(
        type=snowflake("GrantAccountRole"),
        props={"roleName": what, holder: to},
        name=f"{what}-to-{to}",
        made_of=made_of,
    )


def only(said: list[Said], rule: str) -> list[Said]:
    assert rules_of(said) == {rule}
    for each in said:
        assert len(each.message.splitlines()) == 3
    return said


CHAIN = [
    given("ACCOUNTADMIN", "C"),
    given("C", "B"),
    given("B", "A"),
    given("A", "CUBE", user=True),
]


def test_a_chain_of_roles_that_ends_in_an_admin_is_refused_at_any_depth() -> None:
    said = only(judge_stack(CHAIN), "admin-roles-unreachable")
    assert [each.urn for each in said] == [each.urn for each in CHAIN[1:]]
    assert "CUBE becomes ACCOUNTADMIN, by way of A > B > C." in said[-1].message


@pytest.mark.parametrize("missing", range(4))
def test_a_chain_with_a_link_missing_ends_nowhere(missing: int) -> None:
    links = [link for number, link in enumerate(CHAIN) if number != missing]
    reached = [each.urn for each in judge_stack(links)]
    assert CHAIN[missing].urn not in reached
    assert len(reached) == max(missing - 1, 0), "only what is below the gap still reaches it"


def test_a_circle_of_roles_comes_to_an_end() -> None:
    assert judge_stack([given("A", "B"), given("B", "A")]) == []


def test_links_of_every_sort_make_one_chain() -> None:
    database_role = Resource(
        type=snowflake("GrantDatabaseRole"),
        props={"databaseRoleName": '"D"."R"', "parentRoleName": "B"},
        name="r",
    )
    statement = Resource(type=EXECUTE, props={"execute": 'GRANT ROLE SYSADMIN TO ROLE "B"'})
    old = Resource(
        type=snowflake("RoleGrants"), props={"roleName": "B", "users": ["CUBE"]}, name="old"
    )
    said = only(judge_stack([database_role, statement, old]), "admin-roles-unreachable")
    assert [each.urn for each in said] == [old.urn]


def test_a_role_that_is_about_to_be_made_is_found_by_what_it_comes_from() -> None:
    own = Resource(type=ACCOUNT_ROLE, props={"name": UNKNOWN}, name="own")
    below = given("ACCOUNTADMIN", UNKNOWN, parentRoleName=[own])
    above = given(UNKNOWN, "CUBE", user=True, roleName=[own])
    said = only(judge_stack([own, below, above]), "admin-roles-unreachable")
    assert "CUBE becomes ACCOUNTADMIN, by way of own." in said[0].message


def test_a_role_of_ones_own_that_administers_is_named_in_the_configuration() -> None:
    chain = [given("PLATFORM", "A"), given("A", "CUBE", user=True)]
    assert judge_stack(chain) == []
    said = judge_stack(chain, {"admin-roles-unreachable": {"adminRoles": ["platform"]}})
    assert "CUBE becomes PLATFORM, by way of A." in only(said, "admin-roles-unreachable")[0].message


def test_a_group_within_a_group_of_workspace_admins_is_found() -> None:
    inner = Resource(
        type=databricks("Group"), props={"displayName": "cube", "id": "1"}, name="inner"
    )
    outer = Resource(
        type=databricks("Group"), props={"displayName": "ops", "id": "2"}, name="outer"
    )
    member = Resource(
        type=databricks("GroupMember"),
        props={"groupId": "2", "memberId": "1"},
        made_of={"groupId": [outer], "memberId": [inner]},
    )
    admin = Resource(
        type=databricks("MwsPermissionAssignment"),
        props={"principalId": 2.0, "permissions": ["ADMIN"]},
        made_of={"principalId": [outer]},
        name="admin",
    )
    said = only(judge_stack([inner, outer, member, admin]), "admin-roles-unreachable")
    assert "cube becomes workspace ADMIN, by way of ops." in said[0].message


def test_a_member_of_a_group_that_is_only_a_number_is_refused() -> None:
    member = Resource(
        type=databricks("GroupMember"), props={"groupId": "2", "memberId": 1.0}, name="m"
    )
    said = only(judge_stack([member]), "memberships-visible")
    assert said[0].urn == member.urn
    newer = Resource(
        type=databricks("AccountIamDirectGroupMemberV2"), props={"groupId": "2", "principalId": 1.0}
    )
    only(judge_stack([newer]), "memberships-visible")
    own = Resource(type=databricks("Group"), props={"displayName": "cube"}, name="own")
    mine = Resource(
        type=databricks("GroupMember"),
        props={"groupId": UNKNOWN},
        made_of={"groupId": [own]},
        name="m",
    )
    assert judge_stack([own, mine]) == []
    laundered = replace(mine, props={"groupId": "2"})
    only(judge_stack([own, laundered]), "memberships-visible")


# Code in the program may call itself by any name, one of ours too.
OPAQUE = ["python:dynamic:Resource", "python:dynamic/aws:Secret", "nodejs:dynamic/other:Thing"]


@pytest.mark.parametrize("kind", [f"pulumi-{each}" for each in OPAQUE] + ["cube-access:aws:Newer"])
def test_a_resource_that_no_rule_can_judge_is_told(kind: str) -> None:
    said = only(judge_stack([Resource(type=kind)]), "unknowns-named")
    assert said[0].level == "advisory"
    assert judge_stack([Resource(type="cube-access:index:Guard")]) == []


@pytest.mark.parametrize(
    ("kind", "key", "of"),
    [
        ("NetworkPolicy", "allowedNetworkRuleLists", "NetworkRule"),
        ("NetworkPolicyAttachment", "users", "ServiceUser"),
        ("User", "networkPolicy", "NetworkPolicy"),
        ("TagAssociation", "tagId", "Tag"),
    ],
)
def test_what_is_not_known_yet_and_comes_from_the_stack_is_not_told(
    kind: str, key: str, of: str
) -> None:
    made = Resource(type=snowflake(of), props={"name": UNKNOWN}, name="made")
    waits = Resource(type=snowflake(kind), props={key: UNKNOWN}, made_of={key: [made]})
    said = [each for each in judge_stack([made, waits]) if each.urn == waits.urn or not each.urn]
    assert "unknowns-named" not in rules_of(said)


@pytest.mark.parametrize(
    ("kind", "key", "of"),
    [
        (databricks("Grants"), "schema", "Schema"),
        (databricks("SqlPermissions"), "database", "Schema"),
        (databricks("AccessControlRuleSet"), "name", "ServicePrincipal"),
        (PERMISSIONS, "sqlEndpointId", "SqlEndpoint"),
    ],
)
def test_a_list_that_replaces_others_is_for_ones_own_objects_only(
    kind: str, key: str, of: str
) -> None:
    typed = Resource(type=kind, props={key: "shared"})
    said = only(judge_stack([typed]), "access-lists-additive")
    assert kind.rsplit(":", 1)[-1] in said[0].message
    made = Resource(type=databricks(of), props={"id": "own"}, name="own")
    value = "accounts/a/servicePrincipals/own/ruleSets/default" if key == "name" else "own"
    assert judge_stack([made, Resource(type=kind, props={key: value}, made_of={key: [made]})]) == []
    new = Resource(type=databricks(of), props={"id": UNKNOWN}, name="own")
    waits = Resource(type=kind, props={key: UNKNOWN}, made_of={key: [new]})
    assert judge_stack([new, waits]) == []
    laundered = Resource(type=kind, props={key: "shared"}, made_of={key: [made]})
    only(judge_stack([made, laundered]), "access-lists-additive")


@pytest.mark.parametrize(
    ("kind", "props", "key"),
    [
        ("Permissions", PERMISSIONS_GOOD, "accessControls"),
        ("Grants", {"catalog": "main"}, "providerConfig"),
        ("Permissions", {"authorization": "tokens"}, "providerConfig"),
        ("SqlPermissions", {"table": "t"}, "clusterId"),
    ],
)
def test_who_is_in_the_list_or_the_way_there_does_not_make_the_object_ones_own(
    kind: str, props: dict[str, Any], key: str
) -> None:
    other = Resource(type=databricks("ServicePrincipal"), name="other")
    entries = Resource(type=databricks(kind), props=props, made_of={key: [other]})
    assert rules_of(judge_stack([other, entries])) == {"access-lists-additive"}


def user(**props: Any) -> Resource:
    return Resource(type=SERVICE_USER, props={**SERVICE_USER_GOOD, **props})


def test_a_service_user_with_a_key_passes() -> None:
    assert judge_stack([user()], QUIET) == []
    assert judge_stack([user(rsaPublicKey=UNKNOWN)], QUIET | {"unknowns-named": "disabled"}) == []


@pytest.mark.parametrize(
    "beside",
    [
        Resource(type=EXTERNAL, props=EXTERNAL_GOOD),
        Resource(type=snowflake("UserPublicKeys"), props={"name": "CUBE_PROD"}),
    ],
    ids=["external-oauth", "keys-apart"],
)
def test_a_service_user_signs_in_by_something(beside: Resource) -> None:
    said = judge_stack([user(rsaPublicKey=None)], QUIET)
    assert "CUBE_PROD" in only(said, "service-users-sign-in-by-key")[0].message
    assert judge_stack([user(rsaPublicKey=None), beside], QUIET) == []
    assert judge_stack([user(rsaPublicKey=None, defaultWorkloadIdentity={"aws": {}})], QUIET) == []


def test_a_service_user_without_a_network_policy_is_told() -> None:
    said = only(judge_stack([user()]), "service-users-network-policy")
    assert said[0].level == "advisory"
    assert judge_stack([user(networkPolicy="CUBE")]) == []
    policy = Resource(type=snowflake("NetworkPolicy"), props={"name": "CUBE"})
    about_to_be = replace(user(networkPolicy=UNKNOWN), made_of={"networkPolicy": [policy]})
    assert judge_stack([policy, about_to_be]) == []
    only(judge_stack([user(networkPolicy=UNKNOWN)]), "service-users-network-policy")


@pytest.mark.parametrize("attached", [{"users": ["cube_prod"]}, {"setForAccount": True}])
def test_a_network_policy_may_be_attached(attached: dict[str, Any]) -> None:
    attachment = Resource(type=snowflake("NetworkPolicyAttachment"), props=attached)
    assert judge_stack([user(), attachment]) == []


def test_two_resources_are_not_one_user() -> None:
    twin = Resource(type=SERVICE_USER, props={**SERVICE_USER_GOOD, "name": "cube_prod"}, name="b")
    said = only(judge_stack([user(), twin], QUIET), "identities-not-shared")
    assert [each.urn for each in said] == [twin.urn]


PRINCIPAL = Resource(
    type=databricks("ServicePrincipal"), props={"displayName": "cube", "id": "1"}, name="sp"
)


def principal_secret(label: str) -> Resource:
    return Resource(
        type=databricks("ServicePrincipalSecret"),
        props={"servicePrincipalId": "1", "lifetime": "7776000s"},
        name=f"secret-{label}",
        made_of={"servicePrincipalId": [PRINCIPAL]},
    )


def stored(what: Resource, label: str) -> list[Resource]:
    """A secret in AWS, and its version with the credential."""
    own = Resource(type=AWS_SECRET, props={"name": label}, name=label)
    version = Resource(
        type=AWS_VERSION,
        props={"secretId": label, "secretString": secret("x")},
        name=f"{label}-version",
        made_of={"secretId": [own], "secretString": [what]},
    )
    return [own, version]


def test_a_credential_that_is_written_to_no_store_is_refused() -> None:
    made = principal_secret("1")
    said = only(judge_stack([PRINCIPAL, made]), "credentials-stored")
    assert said[0].urn == made.urn
    assert judge_stack([PRINCIPAL, made, *stored(made, "cube")]) == []


def test_of_two_credentials_during_a_rotation_one_is_stored() -> None:
    old, new = principal_secret("1"), principal_secret("2")
    assert judge_stack([PRINCIPAL, old, new, *stored(new, "cube")]) == []


def test_a_stored_secret_of_somebody_else_does_not_count() -> None:
    other = Resource(type="random:index/randomPassword:RandomPassword", name="other")
    made = principal_secret("1")
    said = judge_stack([PRINCIPAL, made, other, *stored(other, "other")])
    assert rules_of(said) == {"credentials-stored"}


@pytest.mark.parametrize("kind", [KEY_PAIR, "tls:index/privateKey:PrivateKey"])
def test_a_key_pair_belongs_to_the_user_who_has_its_public_key(kind: str) -> None:
    pair = Resource(type=kind, name="pair")
    owner = Resource(
        type=SERVICE_USER,
        props=SERVICE_USER_GOOD,
        made_of={"rsaPublicKey": [pair]},
    )
    assert rules_of(judge_stack([pair, owner], QUIET)) == {"credentials-stored"}
    ours = Resource(type=SECRET, name="ours", made_of={"value": [pair, owner]})
    assert judge_stack([pair, owner, ours], QUIET) == []
    assert judge_stack([pair], QUIET) == [], "nobody's key is nobody's credential"


def test_two_services_do_not_share_an_identity() -> None:
    one, two = principal_secret("1"), principal_secret("2")
    said = judge_stack([PRINCIPAL, one, two, *stored(one, "cube"), *stored(two, "reports")])
    assert "credentials in 2 secrets" in only(said, "identities-not-shared")[0].message


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (GRANT, "principal"),
        (snowflake("GrantPrivilegesToAccountRole"), "accountRoleName"),
        (snowflake("GrantAccountRole"), "roleName"),
        (snowflake("GrantAccountRole"), "parentRoleName"),
        (snowflake("GrantDatabaseRole"), "parentRoleName"),
        (SERVICE_USER, "defaultRole"),
    ],
)
def test_an_unknown_that_nothing_harmless_explains_is_named(kind: str, key: str) -> None:
    good = SERVICE_USER_GOOD if kind == SERVICE_USER else {}
    maker = Resource(type="random:index/randomPet:RandomPet", name="pet")
    waiting = Resource(type=kind, props={**good, key: UNKNOWN}, made_of={key: [maker]})
    said = only(judge_stack([maker, waiting], QUIET), "unknowns-named")
    assert (said[0].level, said[0].urn) == ("advisory", waiting.urn)
    assert key in said[0].message
    own = role("CUBE")
    ours = Resource(type=kind, props={**good, key: UNKNOWN}, made_of={key: [own]})
    assert judge_stack([own, ours], QUIET) == []


def test_what_a_stack_rule_knows_nothing_of_is_left_alone() -> None:
    elsewhere = Resource(type="random:index/randomPet:RandomPet", props={"prefix": UNKNOWN})
    assert judge_stack([elsewhere]) == []


def test_a_key_of_ones_own_needs_no_store() -> None:
    assert judge_stack([user(rsaPublicKey=KEY_2048)], QUIET) == []


def test_a_database_role_that_is_new_is_the_stacks_own() -> None:
    own = Resource(type=snowflake("DatabaseRole"), props={"name": UNKNOWN}, name="own")
    grant = Resource(
        type=snowflake("GrantDatabaseRole"),
        props={"databaseRoleName": UNKNOWN, "parentRoleName": "CUBE"},
        made_of={"databaseRoleName": [own]},
    )
    assert judge_whole([own, grant]) == []
