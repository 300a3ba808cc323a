"""Other ways to be given more: roles on identities, what is taken over or published, AWS."""

from __future__ import annotations

import json
from typing import Any

from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_BOOLEAN_VALUE, UNKNOWN_STRING_VALUE

from tests.policies.cases.case import GONE, Case
from tests.policies.cases.types import SERVICE_USER, SERVICE_USER_GOOD, databricks, snowflake
from tests.policies.harness import secret

UNKNOWN = UNKNOWN_STRING_VALUE
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROVIDER = "arn:aws:iam::1:oidc-provider/token.example.com"
POLICIES = "arn:aws:iam::aws:policy"


def lends(role: str, *principals: str) -> dict[str, Any]:
    return {"grantRules": [{"role": role, "principals": list(principals)}]}


def trusts(**condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Condition": condition}
    return {"assumeRolePolicy": json.dumps({"Statement": [statement]})}


def allows(action: Any, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"policy": json.dumps({"Statement": statement})}


CASES = [
    Case(
        rule="identities-not-lent",
        type=databricks("AccessControlRuleSet"),
        good={"name": "n", **lends("roles/servicePrincipal.user", "groups/platform")},
        breaks=[
            (lends("roles/servicePrincipal.user", "users/a@example.com"), "users/a@example.com"),
            (lends("roles/servicePrincipal.manager", "groups/a"), "groups/a"),
            (lends("roles/group.assumer", "groups/platform", "users/b"), "users/b"),
        ],
        fine=[lends("roles/tagPolicy.assigner", "users/a@example.com")],
        unknown=[{"grantRules": UNKNOWN_ARRAY_VALUE}, lends(UNKNOWN, "users/a")],
        config={"identities-not-lent": {"principals": ["groups/platform"]}},
        not_text=False,
    ),
    Case(
        rule="identities-not-lent",
        type=databricks("RestrictWorkspaceAdminsSetting"),
        good={"restrictWorkspaceAdmins": {"status": "RESTRICT_TOKENS_AND_JOB_RUN_AS"}},
        breaks=[({"restrictWorkspaceAdmins": {"status": "ALLOW_ALL"}}, "ALLOW_ALL")],
        unknown=[{"restrictWorkspaceAdmins": {"status": UNKNOWN}}],
        not_text=False,
    ),
    Case(
        rule="federation-bounded",
        type=databricks("ServicePrincipalFederationPolicy"),
        good={"oidcPolicy": {"issuer": "https://a.example", "subject": "repo:o/r:ref:main"}},
        breaks=[
            ({"oidcPolicy": {"issuer": "https://a.example", "subject": "repo:o/*"}}, "repo:o/*"),
            ({"oidcPolicy": {"issuer": "https://a.example"}}, "is not set"),
        ],
        unknown=[{"oidcPolicy": {"issuer": "https://a.example", "subject": UNKNOWN}}],
        not_text=False,
    ),
    Case(
        rule="federation-bounded",
        type=databricks("AccountFederationPolicy"),
        good={"oidcPolicy": {"issuer": "https://idp.example.com"}},
        breaks=[({"oidcPolicy": {"issuer": "https://b.example"}}, "b.example")],
        unknown=[{"oidcPolicy": {"issuer": UNKNOWN}}],
        config={"federation-bounded": {"issuers": ["https://idp.example.com"]}},
    ),
    Case(
        rule="federation-bounded",
        type=SERVICE_USER,
        good={
            **SERVICE_USER_GOOD,
            "defaultWorkloadIdentity": {"aws": {"arn": "arn:aws:iam::1:role/cube"}},
        },
        breaks=[
            ({"defaultWorkloadIdentity": {"aws": {"arn": "arn:aws:iam::1:role/*"}}}, "role/*"),
        ],
        unknown=[{"defaultWorkloadIdentity": {"aws": {"arn": UNKNOWN}}}],
        not_text=False,
    ),
    Case(
        rule="nothing-adopted",
        type=databricks("Group"),
        good={"displayName": "cube", "force": False},
        breaks=[({"force": True}, "force")],
        unknown=[{"force": UNKNOWN_BOOLEAN_VALUE}],
        not_text=False,
    ),
    Case(
        rule="data-not-published",
        type=snowflake("Listing"),
        good={"name": "l", "publish": "false"},
        breaks=[({"publish": "true"}, "published"), ({"publish": GONE}, "published")],
        unknown=[{"publish": UNKNOWN}],
    ),
    Case(
        rule="data-not-published",
        type=databricks("Recipient"),
        good={"name": "partner", "authenticationType": "DATABRICKS"},
        breaks=[
            ({"name": "other"}, "other"),
            ({"name": "x", "authenticationType": "TOKEN"}, "tok"),
        ],
        unknown=[{"name": UNKNOWN}],
        config={"data-not-published": {"accounts": ["partner"]}},
    ),
    Case(
        rule="data-not-published",
        type=snowflake("FailoverGroup"),
        good={"name": "f", "allowedAccounts": ["ORG.DR"]},
        breaks=[({"allowedAccounts": ["ORG.DR", "ORG.ELSE"]}, "ORG.ELSE")],
        unknown=[{"allowedAccounts": [UNKNOWN]}],
        config={"data-not-published": {"accounts": ["ORG.DR"]}},
    ),
    Case(
        rule="masks-hold",
        type=databricks("PolicyInfo"),
        good={"name": "p", "toPrincipals": ["account users"], "exceptPrincipals": ["auditors"]},
        breaks=[({"exceptPrincipals": ["cube"]}, "cube")],
        unknown=[{"exceptPrincipals": [UNKNOWN]}],
        config={"masks-hold": {"exempt": ["auditors"]}},
    ),
    Case(
        rule="masks-hold",
        type=snowflake("MaskingPolicy"),
        good={"arguments": [{"name": "VAL"}], "body": "CASE WHEN 1 = 2 THEN VAL ELSE '*' END"},
        breaks=[({"body": "val"}, "hides nothing"), ({"body": "( VAL )"}, "hides nothing")],
        unknown=[{"body": UNKNOWN}],
    ),
    Case(
        rule="locations-bounded",
        type=snowflake("StorageIntegrationAws"),
        good={"storageAllowedLocations": ["s3://own/raw/"]},
        breaks=[({"storageAllowedLocations": ["s3://own/", "*"]}, "*")],
        unknown=[{"storageAllowedLocations": [UNKNOWN]}],
    ),
    Case(
        rule="locations-bounded",
        type=snowflake("ApiIntegrationAmazonApiGateway"),
        good={"apiAllowedPrefixes": ["https://a.example/prod/"]},
        breaks=[
            ({"apiAllowedPrefixes": ["https://"]}, "https://"),
            ({"apiAllowedPrefixes": ["http://a.example/"]}, "http://a.example/"),
        ],
    ),
    Case(
        rule="secret-scopes-read-only",
        type=databricks("SecretAcl"),
        good={"scope": "s", "principal": "cube", "permission": "READ"},
        breaks=[({"permission": "MANAGE"}, "cube"), ({"permission": "write"}, "write")],
        fine=[{"permission": "MANAGE", "principal": "data-platform"}],
        unknown=[{"permission": UNKNOWN}],
        config={"secret-scopes-read-only": {"managers": ["data-platform"]}},
        not_text=False,
    ),
    Case(
        rule="apps-use-only",
        type=databricks("App"),
        good={
            "name": "a",
            "resources": [{"name": "w", "sqlWarehouse": {"id": "w", "permission": "CAN_USE"}}],
        },
        breaks=[
            ({"resources": [{"name": "w", "app": {"permission": "CAN_MONITOR"}}]}, "MONITOR"),
            ({"resources": [{"name": "j", "job": {"permission": "IS_OWNER"}}]}, "IS_OWNER"),
            ({"resources": [{"name": "t", "ucSecurable": {"permission": "MODIFY"}}]}, "MODIFY"),
            ({"userApiScopes": ["sql", "all-apis"]}, "all-apis"),
        ],
        fine=[
            {"resources": [{"name": "t", "ucSecurable": {"permission": "select"}}]},
            {"resources": [{"name": "e", "servingEndpoint": {"permission": "CAN_MANAGE"}}]},
            {"resources": GONE},
        ],
        unknown=[
            {"resources": [{"name": "w", "sqlWarehouse": {"permission": UNKNOWN}}]},
            {"resources": [{"name": "w", "sqlWarehouse": UNKNOWN}]},
        ],
        config={"apps-use-only": {"permissions": ["CAN_MANAGE"]}},
        not_text=False,
    ),
    Case(
        rule="clusters-isolate",
        type=databricks("Cluster"),
        good={"dataSecurityMode": "USER_ISOLATION"},
        breaks=[
            ({"dataSecurityMode": mode}, mode)
            for mode in ("NONE", "NO_ISOLATION", "LEGACY_TABLE_ACL")
        ],
        fine=[{"dataSecurityMode": GONE}, {"dataSecurityMode": "SINGLE_USER"}],
        unknown=[{"dataSecurityMode": UNKNOWN}, {"dataSecurityMode": secret(UNKNOWN)}],
    ),
    Case(
        rule="clusters-isolate",
        type=databricks("ClusterPolicy"),
        good={"definition": "{}"},
        breaks=[({"definition": '{"data_security_mode": {"value": "NONE"}}'}, "NONE")],
        unknown=[{"definition": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="cloud-roles-not-given",
        type=databricks("GroupInstanceProfile"),
        good={"groupId": "1", "instanceProfileId": "arn:aws:iam::1:instance-profile/own"},
        breaks=[({"instanceProfileId": "arn:aws:iam::1:instance-profile/admin"}, "admin")],
        unknown=[{"instanceProfileId": UNKNOWN}],
        config={"cloud-roles-not-given": {"profiles": ["arn:aws:iam::1:instance-profile/own"]}},
    ),
    Case(
        rule="cloud-roles-not-given",
        type=databricks("Cluster"),
        good={"awsAttributes": {"availability": "SPOT"}},
        breaks=[({"awsAttributes": {"instanceProfileArn": "arn:aws:iam::1:role/admin"}}, "admin")],
        unknown=[
            {"awsAttributes": {"instanceProfileArn": UNKNOWN}},
            {"awsAttributes": {"instanceProfileArn": secret(UNKNOWN)}},
        ],
    ),
    Case(
        rule="cloud-policies-private",
        type="aws:s3/bucketAclV2:BucketAclV2",
        good={"acl": "private"},
        breaks=[({"acl": "public-read"}, "acl")],
        unknown=[{"acl": UNKNOWN}, {"acl": secret(UNKNOWN)}],
    ),
    Case(
        rule="cloud-policies-private",
        type="aws:lambda/permission:Permission",
        good={"principal": "events.amazonaws.com"},
        breaks=[({"principal": "*"}, "principal"), ({"principal": "*", "sourceArn": ""}, "*")],
        unknown=[{"principal": UNKNOWN}, {"principal": "*", "sourceArn": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="cloud-policies-private",
        type=ROLE,
        good=trusts(StringEquals={"token.example.com:sub": "repo:o/r:ref:main"}),
        breaks=[
            (trusts(StringEquals={"token.example.com:aud": "sts"}), "token.example.com"),
            (trusts(StringLike={"token.example.com:sub": "repo:*"}), "token.example.com"),
            (
                {"assumeRolePolicy": {"Statement": {"Effect": "Allow", "Principal": "*"}}},
                "assumeRolePolicy",
            ),
        ],
        fine=[trusts(StringLike={"token.example.com:sub": "repo:o/r:*"})],
        not_text=False,
    ),
    Case(
        rule="cloud-policies-private",
        type="aws:lambda/permission:Permission",
        good={"principal": "events.amazonaws.com"},
        breaks=[({"principal": "*"}, "principal")],
        fine=[{"principal": "*", "principalOrgId": "o-1"}],
        not_text=False,
    ),
    Case(
        rule="cloud-actions-bounded",
        type="aws:iam/rolePolicy:RolePolicy",
        good={"role": "cube", **allows("s3:ListAllMyBuckets")},
        breaks=[
            (allows("*"), "*"),
            (allows(["s3:ListBucket", "secretsmanager:Get*"]), "secretsmanager:Get*"),
            (allows("iam:PassRole"), "iam:PassRole"),
        ],
        fine=[allows("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu:1:secret:cube")],
        unknown=[{"policy": UNKNOWN}],
    ),
    Case(
        rule="cloud-actions-bounded",
        type=ATTACHMENT,
        good={"role": "cube", "policyArn": f"{POLICIES}/CloudWatchReadOnlyAccess"},
        breaks=[({"policyArn": f"{POLICIES}/AdministratorAccess"}, "AdministratorAccess")],
        not_text=False,
    ),
]
