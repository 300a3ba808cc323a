"""What stops a change of how people, or the service account, sign in."""

from __future__ import annotations

from collections.abc import Callable

import pulumi

from cube_access.component.guard import ALL_THE_SAME, Guard
from cube_access.settings import SnowflakeSettings
from cube_access.settings.identity import CubeCloudSignIn


def sign_in_guards(
    name: str,
    settings: SnowflakeSettings,
    say: Callable[[str], str],
    opts: pulumi.ResourceOptions,
) -> list[Guard]:
    """One for people, one for the service account."""
    keyless, people, protect = settings.keyless, settings.vouched_people, settings.protect
    sign_in = Guard(
        f"{name}-sign-in-guard",
        what="where people sign in",
        consequence=(
            "People cannot query until Cube Cloud has the token config of next_steps and the new "
            "cube.py is deployed."
            if people
            else "Everybody who uses Cube is signed out and must authorize again, once Cube Cloud "
            "has the other addresses, client id and secret."
        )
        + " It takes two applies, the first with nothing else changed.",
        fixed={
            "externalOauth": _vouched(people) if people else settings.identity_provider is not None
        },
        protect=protect,
        remedy=say(ALL_THE_SAME),
        opts=opts,
    )
    service_account = Guard(
        f"{name}-service-guard",
        what="how the service account signs in",
        consequence=(
            "Cube cannot sign in with it from this apply until it is redeployed with the new "
            "cube_env, and the old way in is gone. People's own queries go on."
        ),
        fixed={
            "cubeCloudIdentity": f"{keyless.subject} of {keyless.issuer}"
            if keyless
            else "a key pair"
        },
        protect=protect,
        remedy=say(ALL_THE_SAME),
        opts=opts,
    )
    return [sign_in, service_account]


def _vouched(people: CubeCloudSignIn) -> str:
    """Whose word on people is taken, and for whom: another locks everybody out, or lets them in as
    someone else.
    """
    who = f"cubeCloudSignIn: {people.user_mapping_attribute} of {people.issuer}"
    return f"{who}, by {people.integration}" if people.integration else who
