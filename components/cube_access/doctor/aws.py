"""AWS: who signs in and where, the secret's name, and the KMS key."""

from __future__ import annotations

from collections.abc import Iterator

from cube_access.aws import preflight
from cube_access.aws.session import client
from cube_access.doctor.applied import Applied
from cube_access.doctor.lines import Line, asked, do, ok, unseen
from cube_access.facts.tags import OWNER_TAG
from cube_access.progress import Step
from cube_access.provider.lifecycle import ProviderError
from cube_access.settings import Settings

SECRET = "cube-access:aws:Secret"  # noqa: S105 - a type


def lines(settings: Settings, own: str, applied: Applied, step: Step) -> Iterator[Line]:
    """Args:
    own: the end of the name by which this stack owns a secret: /<project>/<stack>.
    """
    regions: list[str] = []

    def who() -> Iterator[Line]:
        step("who signs in to AWS")
        try:
            secrets = client("secretsmanager", settings.aws_profile, settings.aws_region)
        except ProviderError as error:
            yield do("AWS", str(error))
            return
        region = str(secrets.meta.region_name)
        me = client("sts", settings.aws_profile, region).get_caller_identity()
        regions.append(region)
        yield ok("AWS", f"signed in as {me['Arn']} in {region}")

    yield from asked("AWS", "AWS", who)
    if not regions:
        yield unseen("secret", "there is no sign-in to AWS")
        return
    yield from asked("secret", "AWS", lambda: [_secret(settings, regions[0], own, applied, step)])
    if settings.secret_kms_key_id:
        yield from asked("KMS key", "AWS", lambda: [_key(settings, regions[0], step)])


def _secret(settings: Settings, region: str, own: str, applied: Applied, step: Step) -> Line:
    name = settings.secret_name
    step(f"the secret {name}")
    secrets = client("secretsmanager", settings.aws_profile, region)
    found = preflight.described(secrets, name)
    if found is None:
        if applied.has(SECRET, name, "name"):
            return do("secret", preflight.gone(None, name))
        return ok("secret", f"{name} is free")
    if applied.has(SECRET, str(found["ARN"])):
        if problem := preflight.gone(found, name):
            return do("secret", problem)
        return ok("secret", f"{name} is there, in this stack's state")
    owner = preflight.tag_map(found).get(OWNER_TAG, "something that cube-access did not make")
    state = "scheduled for deletion" if found.get("DeletedDate") else "there"
    if found.get("DeletedDate") and owner.endswith(own):
        return ok("secret", f"{name} is {state}, and of a stack of this name: up restores it")
    if settings.adopt_secret:
        return ok("secret", f"{name} is {state} and of {owner}; adoptSecret takes it over")
    return do(
        "secret",
        f"{name} is {state}, of {owner}, and not in this stack's state: if it is not this stack's, "
        "choose another secretName, or set adoptSecret to true",
    )


def _key(settings: Settings, region: str, step: Step) -> Line:
    key = settings.secret_kms_key_id
    step(f"the KMS key {key}")
    inputs = {"kmsKeyId": key, "profile": settings.aws_profile}
    heard: list[str] = []
    failures = preflight.key_failures(inputs, region, heard.append)
    if failures:
        return do("KMS key", failures[0].reason)
    if heard:
        return unseen("KMS key", heard[0])
    return ok("KMS key", f"{key} is there, symmetric and enabled")
