"""What a person is called in the database: for drivers that send a user name with the token."""

from __future__ import annotations

from cube_access.cube.recipes.shared import NO_ACCESS, env

PERSON_USER = env("CUBE_ACCESS_PERSON_USER") or "{username}"


def database_user(user: str) -> str:
    """The name that goes with a person's token; the database checks that it is the token's."""
    if PERSON_USER == "{local-part}":
        user = user.partition("@")[0]
    elif PERSON_USER != "{username}":
        user = PERSON_USER
    # Anything else could end the field of the protocol that it is sent in.
    return user if user.isprintable() and 0 < len(user.strip()) <= 255 else NO_ACCESS
