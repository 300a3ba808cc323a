"""The clients by which AWS is spoken to. Region, profile, endpoint, retries and credentials follow
boto3's conventions wherever the settings do not say otherwise.
"""

from __future__ import annotations

from typing import Any

from cube_access.provider.lifecycle import ProviderError

# To connect, each try: with botocore's 60 an unreachable endpoint looks like a hang.
TIMEOUT_SECONDS = 10
NO_REGION = "no AWS region: set awsRegion, or AWS_REGION, or a region in the AWS profile"


def client(service: str, profile: str, region: str, *, tries: int = 0) -> Any:
    """A client.

    Args:
        profile: empty: as boto3 finds it.
        region: empty: as boto3 finds it.
        tries: of each call; 0: as boto3 finds it.

    Raises:
        ProviderError: there is no region.
        BotoCoreError: there is no such profile.
    """
    # Imported here: boto3 costs a third of a second, which an unchanged preview need not pay.
    import boto3
    from botocore.config import Config

    session = boto3.Session(profile_name=profile or None, region_name=region or None)
    if session.region_name is None:
        raise ProviderError(NO_REGION)
    more: dict[str, Any] = {"retries": {"total_max_attempts": tries}} if tries else {}
    return session.client(service, config=Config(connect_timeout=TIMEOUT_SECONDS, **more))


def region_of(arn: str) -> str:
    return arn.split(":")[3]
