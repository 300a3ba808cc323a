"""Code that runs in the warehouse, and by which way what it reads can leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyResource

from ..kinds import kind_of, snowflake
from ..ours import Ours, allowed, normal, shown, sources
from ..rule import HIGH, Judged, Report, ReportOn, Rule, Stack, names
from ..values import each_of, is_word

CODE = snowflake(
    "FunctionJava",
    "FunctionPython",
    "FunctionScala",
    "JobService",
    "OpenflowRuntime",
    "ProcedureJava",
    "ProcedurePython",
    "ProcedureScala",
    "Service",
    "Streamlit",
)
INTEGRATIONS = "externalAccessIntegrations"
EXTERNAL_FUNCTION = snowflake("ExternalFunction")
API_INTEGRATIONS = snowflake(
    "ApiIntegration",
    "ApiIntegrationAmazonApiGateway",
    "ApiIntegrationAzureApiManagement",
    "ApiIntegrationGoogleCloudApiGateway",
)
GIT_INTEGRATIONS = snowflake(
    "ApiIntegrationExternalMcpDynamicClient",
    "ApiIntegrationExternalMcpOauth2",
    "ApiIntegrationGitRepositoryGithubApp",
    "ApiIntegrationGitRepositoryOauth2",
    "ApiIntegrationGitRepositoryPrivateLink",
    "ApiIntegrationGitRepositoryToken",
)
EXTERNAL_ACCESS = snowflake("ExternalAccessIntegration")
SECRETS = snowflake(
    "SecretWithAuthorizationCodeGrant",
    "SecretWithBasicAuthentication",
    "SecretWithClientCredentials",
    "SecretWithGenericString",
)
API_SIGN_INS = snowflake(
    "ApiAuthenticationIntegrationWithAuthorizationCodeGrant",
    "ApiAuthenticationIntegrationWithClientCredentials",
    "ApiAuthenticationIntegrationWithJwtBearer",
)
# What may name an address outside, or hand out a secret, and what that must be.
REACHES = {
    **dict.fromkeys(CODE, ((INTEGRATIONS, EXTERNAL_ACCESS),)),
    **dict.fromkeys(EXTERNAL_FUNCTION, (("apiIntegration", API_INTEGRATIONS),)),
    **dict.fromkeys(
        EXTERNAL_ACCESS,
        (
            ("allowedNetworkRules", snowflake("NetworkRule")),
            ("allowedAuthenticationSecrets", SECRETS),
            ("allowedApiAuthenticationIntegrations", API_SIGN_INS),
        ),
    ),
}
# Buckets that an integration may reach: a star is every bucket that there is.
LOCATIONS = snowflake(
    "StorageIntegration",
    "StorageIntegrationAws",
    "StorageIntegrationAzure",
    "StorageIntegrationGcs",
)
# The scheme of a cloud and nothing behind it: s3://, s3gov://, azure://*/, …
EVERY_BUCKET = re.compile(r"\*|[a-z0-9]+://[*/]*", re.IGNORECASE)
# By the account's parameter: the property of the account that is the same.
PARAMETER = snowflake("AccountParameter")
ACCOUNT = snowflake("CurrentAccount", "CurrentOrganizationAccount")
UNLOADING = {
    "PREVENT_UNLOAD_TO_INLINE_URL": "preventUnloadToInlineUrl",
    "REQUIRE_STORAGE_INTEGRATION_FOR_STAGE_CREATION": "requireStorageIntegrationForStageCreation",
    "REQUIRE_STORAGE_INTEGRATION_FOR_STAGE_OPERATION": "requireStorageIntegrationForStageOperation",
}
NO_INTEGRATION = "a stage may have an address and credentials of its own"
UNLOADED = {
    **dict.fromkeys(UNLOADING, NO_INTEGRATION),
    "PREVENT_UNLOAD_TO_INLINE_URL": "a statement may unload data to any address",
}
# A host's name of two parts or more, without a star.
EXACT_PREFIX = re.compile(r"https://[\w-]+(\.[\w-]+)+(:\d+)?(/|$)", re.IGNORECASE)


def _code_stays_inside(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    for resource in stack.resources:
        kind = kind_of(resource.resource_type)
        for key, made_by, name in _reached(resource, kind):
            if not ours.judgeable(name, sources(resource, key), key):
                continue
            if (
                name
                and not ours.has(name, sources(resource, key), made_by)
                and normal(name, kind) not in allowed(stack.limits["integrations"], kind)
            ):
                report(
                    f"{key} has {shown(name)}, which this stack does not make: where the code may "
                    "send what it reads nobody can see here.",
                    resource.urn,
                )


def _reached(resource: PolicyResource, kind: str) -> Iterator[tuple[str, frozenset[str], Any]]:
    for key, made_by in REACHES.get(kind, ()):
        for name in each_of(resource.props, key):
            yield key, made_by, name


def _locations_bounded(judged: Judged, report: Report) -> None:
    if judged.kind in PARAMETER | ACCOUNT:
        for parameter, key in UNLOADING.items():
            with judged.later():
                if judged.kind in ACCOUNT:
                    value = judged.props.get(key)
                elif is_word(judged.props.get("key"), parameter.lower()):
                    value = judged.props.get("value")
                else:
                    continue
                if any(is_word(value, word) for word in ("false", "f", "0")):  # as the plugin reads
                    report(f"{parameter} is false: {UNLOADED[parameter]}.")
        return
    for location in judged.known(judged.props.get("storageAllowedLocations")):
        if EVERY_BUCKET.fullmatch(location.strip()):
            report(f"storageAllowedLocations has {location}: data may be unloaded to every bucket.")
    for prefix in judged.known(judged.props.get("apiAllowedPrefixes")):
        if not EXACT_PREFIX.match(prefix):
            report(f"apiAllowedPrefixes has {prefix}: rows may be sent to every address.")


RULES = [
    Rule(
        name="code-stays-inside",
        description="Code in the warehouse reaches only what the same stack names.",
        why="A function that posts what it is given takes data out without any grant.",
        fix="Make the integration here, with its network rule, or name it in `integrations`.",
        url="https://docs.snowflake.com/en/developer-guide/external-network-access/external-network-access-overview",
        severity=HIGH,
        kinds=frozenset(REACHES),
        stack_check=_code_stays_inside,
        limits={
            "integrations": names("Integrations of other stacks that code may use."),
        },
        references=[("NIST 800-53", "SC-7")],
    ),
    Rule(
        name="locations-bounded",
        description="An integration reaches the buckets and addresses that it names.",
        why="With a star, data can be unloaded to anybody's bucket.",
        fix="Name each bucket, or each address with its path; set the parameter to true.",
        url="https://docs.snowflake.com/en/sql-reference/sql/create-storage-integration",
        severity=HIGH,
        kinds=LOCATIONS | API_INTEGRATIONS | GIT_INTEGRATIONS | PARAMETER | ACCOUNT,
        check=_locations_bounded,
        references=[("NIST 800-53", "SC-7")],
    ),
]
