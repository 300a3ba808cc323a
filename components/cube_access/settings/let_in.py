"""Which roles people may use through Cube: what the integration is made to say, and verified to."""

from __future__ import annotations

from cube_access.settings.snowflake_cube_cloud import SnowflakeSettings


def keys(settings: SnowflakeSettings) -> tuple[str, ...]:
    """The settings whose roles are let in; empty: every role that is not blocked is.

    What is authorized without consent is always among them: a list without it would refuse it.
    """
    if settings.oauth_any_role or settings.external_oauth or not settings.has_oauth_app:
        return ()
    named = [key for key in ("allowed_roles", "oauth_role") if getattr(settings, key)]
    if not named and settings.user_roles:
        named = ["user_roles"]
    return (*named, "pre_authorized_roles") if named else ()


def roles(settings: SnowflakeSettings) -> frozenset[str]:
    """Those roles, exact; empty: every role that is not blocked."""
    every = (getattr(settings, key) for key in keys(settings))
    return frozenset(role for each in every for role in ([each] if isinstance(each, str) else each))
