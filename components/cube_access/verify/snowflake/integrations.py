"""The integrations by which people, and a service account without a key, sign in.

Owns what each of ours ought to say. What others may not is `other_integrations.py`'s, and whom they
belong to is `takeover.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cube_access.facts.identifiers import items, literal, plain, quoted
from cube_access.facts.principals import (
    BLOCKING_PARAMETERS,
    MUST_BE_BLOCKED,
    PUBLIC,
    SNOWFLAKE_ADMINISTRATORS,
)
from cube_access.settings import SnowflakeSettings, let_in
from cube_access.snowflake.holdings import MOST_ROWS
from cube_access.verify.findings import REFRESH, Line, Verdict
from cube_access.verify.looks import line
from cube_access.verify.snowflake.compare import Declared
from cube_access.verify.snowflake.eyes import Eyes

Kind = Literal["flag", "text", "word", "number", "list", "key"]
"""A word is one of few, which SQL writes without quotes."""
ALLOWED = "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST"
BOUND = "ALLOWED_ROLES_LIST"
AUDIENCES = "EXTERNAL_OAUTH_AUDIENCE_LIST"


@dataclass(frozen=True)
class Wanted:
    """One property of an integration of ours."""

    key: str
    value: object
    kind: Kind
    looser: Literal["any", "more", "less", "never"] = "any"
    """Which difference lets more through: any, more than wanted, less, or none does."""
    means: str = ""
    """What a difference lets happen."""

    def told(self, text: str) -> object:
        """What DESCRIBE says, in the type of the value."""
        match self.kind:
            case "flag":
                return text.lower() == "true"
            case "number":
                return int(text or 0)
            case "list":
                return frozenset(items(text))
        return text

    def looser_as(self, found: object) -> bool:
        if self.looser in ("any", "never"):
            return self.looser == "any"
        if not found and self.key in (ALLOWED, BOUND):  # then it bounds nothing
            return True
        more = _exceeds(found, self.value)
        return more if self.looser == "more" else _exceeds(self.value, found)

    def sets(self) -> str:
        """What stands after SET, or UNSET."""
        match self.value:
            case bool():
                return f"SET {self.key} = {str(self.value).upper()}"
            case int():
                return f"SET {self.key} = {self.value}"
            case frozenset():
                # A role is written as a text, too: its letters count then.
                return f"SET {self.key} = ({texts(sorted(self.value))})"
        if self.kind == "key" or (self.key == "NETWORK_POLICY" and not self.value):
            return f"UNSET {self.key.removesuffix('_FP')}"
        value = str(self.value) if self.kind == "word" else literal(str(self.value))
        return f"SET {self.key} = {value}"


def _exceeds(one: object, other: object) -> bool:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return bool(one - other)
    if isinstance(one, int) and isinstance(other, int):
        return one > other
    return bool(one)


def own_integrations(settings: SnowflakeSettings) -> list[str]:
    """Those that a stack of these settings makes. One with another name of its is a stranger's."""
    return [each for each in (_peoples(settings), settings.own_cube_cloud) if each]


def _peoples(settings: SnowflakeSettings) -> str:
    """The name; empty: people sign in by Cube Cloud's."""
    suffix = "_EXTERNAL" if settings.identity_provider else ""
    return settings.object_name + suffix if settings.has_oauth_app else ""


def ours(eyes: Eyes, declared: Declared, settings: SnowflakeSettings) -> Iterator[Line]:
    """Each of ours, by what it ought to say."""
    people, trust = _peoples(settings), settings.cube_cloud
    parameters = {key: parameter(eyes, key) for key in BLOCKING_PARAMETERS}
    roles = [str(row["name"]) for row in eyes.integrations.rows(f"SHOW ROLES LIMIT {MOST_ROWS}")]
    administrators = SNOWFLAKE_ADMINISTRATORS
    if len(roles) < MOST_ROWS:  # else those that are not listed may be there all the same
        administrators = administrators.intersection(roles)
    blocked = frozenset({*settings.blocked_roles, *administrators})
    oauth, external = (parameters[key] for key in BLOCKING_PARAMETERS)
    if settings.identity_provider:
        wanted = _identity_provider(settings, blocked)
        yield from _compared(eyes, people, wanted, added=external)
    elif people:
        yield from _compared(eyes, people, _own_client(settings, blocked), added=oauth)
        yield from _bounded_by_hand(eyes, people, settings)
    if trust and trust.integration:
        yield from _lets_in(eyes, trust.integration, declared, settings)
    if cube_cloud := settings.own_cube_cloud:
        yield from _compared(eyes, cube_cloud, _cube_cloud(settings, declared), added=False)
    provider = settings.identity_provider
    if provider and not settings.authentication_policy_schema:
        what = (
            f"{provider.issuer}, by which people sign in, could sign in as the service account, "
            "too: authenticationPolicySchema would keep it out"
        )
        yield Line(verdict="note", what=what, shown="settings", by=eyes.by)


def _lets_in(
    eyes: Eyes, name: str, declared: Declared, settings: SnowflakeSettings
) -> Iterator[Line]:
    """Another environment's integration, which is to trust Cube Cloud for this one, too."""
    found = described(eyes, name)
    if not found:
        who = "the service account" if settings.keyless else "people"
        what = f"whether integration {plain(name)} lets {who} in"
        yield line("unseen", what, eyes.by)
        return
    words = f"integration {plain(name)}"
    for key, look in ((ALLOWED, _roles_let_in), (AUDIENCES, _audiences)):
        if key in found:
            listed = items(found[key])
            for verdict, what, hint in look(words, listed, declared, settings):
                yield line(verdict, what, eyes.by, hint=hint)
        else:
            yield _not_shown(eyes, key, words)
    # Its lists are the other environment's, too: this one's statements would lock that one out.
    wanted = [one for one in _cube_cloud(settings, declared) if one.key not in (ALLOWED, AUDIENCES)]
    fine = "is, but for its roles and audiences, as this environment would make it"
    yield from _compared(eyes, name, wanted, added=False, fine=fine)


def _roles_let_in(
    words: str, listed: Sequence[str], declared: Declared, settings: SnowflakeSettings
) -> Iterator[tuple[Verdict, str, str]]:
    """What another environment's list of roles says, each with a hint."""
    service = declared.role.name[0]
    own = [service] if settings.keyless else []
    own += settings.people_roles if settings.vouched_people else ()
    there = "where that integration is made"
    if not listed:
        what = f"{words} lets every role in that is not blocked: its {ALLOWED} is empty"
        yield "extra", what, f"List roles in it {there}, {', '.join(own)} among them."
        return
    for role in own:
        if role in listed:
            yield "ok", f"{words} lets role {plain(role)} in", ""
        else:
            hint = (
                f"List {role} in allowedRoles of cubeCloudIdentity or cubeCloudSignIn, whichever "
                f"that environment has, {there}."
            )
            yield "lack", f"{words} does not let role {plain(role)} in", hint
    # The service account's, where it has a key, is looked at with those of other integrations.
    for role in sorted({*listed} - {*own, service}):
        what, hint = f"{words} lets role {plain(role)} in", f"Take {role} out of {ALLOWED} {there}."
        if role == PUBLIC:
            yield "extra", f"{what}, which every user has", hint
        elif role in SNOWFLAKE_ADMINISTRATORS:
            yield "extra", f"{what}, which administers", hint
        else:
            yield "note", f"{what}, too, which is not this environment's", ""


def _audiences(
    words: str, listed: Sequence[str], _: Declared, settings: SnowflakeSettings
) -> Iterator[tuple[Verdict, str, str]]:
    """What another environment's list of audiences says, each with a hint."""
    there = f" ({', '.join(listed)})" if listed else ""
    hint = f"Set audience here, and in Cube Cloud's token config, to one that it lists{there}."
    for each in settings.trusted_audiences:
        if each not in listed:
            yield "lack", f"{words} does not list audience {each}", hint
    for each in sorted({*listed} - {*settings.trusted_audiences}):
        what = f"{words} takes tokens for {each}, too, which is not this environment's audience"
        yield "note", what, ""


def parameter(eyes: Eyes, key: str) -> bool:
    """Whether the account adds its administrators to blocked roles."""
    rows = eyes.integrations.rows(f"SHOW PARAMETERS LIKE '{key}' IN ACCOUNT")
    return any(str(row["value"]).lower() == "true" for row in rows)


def _bounded_by_hand(eyes: Eyes, name: str, settings: SnowflakeSettings) -> Iterator[Line]:
    """A list of allowed roles where the settings have none: no `up` takes it away."""
    found = [] if let_in.keys(settings) else items(described(eyes, name).get(BOUND, ""))
    if found:
        roles = ", ".join(map(plain, found))
        what = f"people may use only {roles} through Cube: {BOUND} of {plain(name)} was set by hand"
        yield Line(verdict="note", what=what, shown="settings", by=eyes.by)


def _own_client(settings: SnowflakeSettings, blocked: frozenset[str]) -> list[Wanted]:
    bound = let_in.roles(settings)
    return [
        Wanted("ENABLED", True, "flag", "never", "people cannot sign in"),
        Wanted("OAUTH_REDIRECT_URI", settings.redirect_uris[0], "text",
               means="what people consent to is sent there"),
        Wanted("OAUTH_ALLOW_NON_TLS_REDIRECT_URI", False, "flag",
               means="codes can be sent in the open"),
        Wanted("OAUTH_ENFORCE_PKCE", settings.oauth_enforce_pkce, "flag", "less",
               means="a code that is overheard can be used"),
        Wanted("OAUTH_USE_SECONDARY_ROLES", "NONE", "word",
               means="a session has all roles of its person"),
        Wanted("OAUTH_ISSUE_REFRESH_TOKENS", True, "flag", "never",
               "people have to authorize again every ten minutes"),
        Wanted("OAUTH_REFRESH_TOKEN_VALIDITY", settings.refresh_token_minutes * 60, "number",
               "more", "a consent is good for so many seconds"),
        Wanted("NETWORK_POLICY", settings.oauth_network_policy, "text",
               "any" if settings.oauth_network_policy else "never",
               "from where codes and tokens are exchanged"),
        Wanted("PRE_AUTHORIZED_ROLES_LIST", frozenset(settings.pre_authorized_roles), "list",
               "more", "people are not asked to consent for these"),
        Wanted("BLOCKED_ROLES_LIST", blocked, "list", "less", "Cube may not use these roles"),
        *([Wanted(BOUND, bound, "list", "more", "people may use only these through Cube, but where "
                  "none is listed every role that is not blocked")] if bound else []),
        *(Wanted(f"OAUTH_CLIENT_RSA_PUBLIC_KEY{slot}_FP", "", "key",
                 means="who has that key can act as Cube") for slot in ("", "_2")),
    ]  # fmt: skip


def _identity_provider(settings: SnowflakeSettings, blocked: frozenset[str]) -> list[Wanted]:
    provider = settings.identity_provider
    assert provider  # noqa: S101 - asked for by who calls
    return [
        *_issuer(provider.issuer, provider.jws_keys_url, {provider.audience or ""},
                 provider.user_mapping_claim, provider.user_mapping_attribute),
        Wanted("EXTERNAL_OAUTH_BLOCKED_ROLES_LIST", blocked, "list", "less",
               "Cube may not use these roles"),
        Wanted(ALLOWED, frozenset(), "list", "never",
               "only these can be used through Cube"),
    ]  # fmt: skip


def _cube_cloud(settings: SnowflakeSettings, declared: Declared) -> list[Wanted]:
    trust = settings.cube_cloud
    assert trust  # noqa: S101 - asked for by who calls
    own = {declared.role.name[0]} if settings.keyless else set()
    allowed = frozenset({*own, *settings.trusted_roles})
    return [
        *_issuer(trust.issuer, trust.jws_keys_url, settings.trusted_audiences, "sub",
                 trust.user_mapping_attribute),
        Wanted(ALLOWED, allowed, "list", "more",
               "these can be used by tokens of Cube Cloud's, but where none is listed every role "
               "that is not blocked"),
    ]  # fmt: skip


def _issuer(
    issuer: str, keys: str, audiences: Iterable[str], claim: str, attribute: str
) -> list[Wanted]:
    another = "tokens of another issuer, or signed by others, are believed"
    return [
        Wanted("ENABLED", True, "flag", "never", "people cannot sign in"),
        Wanted("EXTERNAL_OAUTH_ISSUER", issuer, "text", means=another),
        Wanted("EXTERNAL_OAUTH_JWS_KEYS_URL", frozenset({keys}), "list", means=another),
        *(Wanted(f"EXTERNAL_OAUTH_RSA_PUBLIC_KEY{slot}", "", "key", means=another)
          for slot in ("", "_2")),
        Wanted(AUDIENCES, frozenset(audiences) - {""}, "list", "more",
               "tokens that were meant for others are believed"),
        Wanted("EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM", frozenset({claim}), "list",
               means="it says who a token is for"),
        Wanted("EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE", attribute, "text",
               means="it says who a token is for"),
        Wanted("EXTERNAL_OAUTH_ANY_ROLE_MODE", "DISABLE", "word",
               means="a token may use roles that it does not name"),
    ]  # fmt: skip


def _compared(
    eyes: Eyes, name: str, wanted: Iterable[Wanted], *, added: bool, fine: str = "is as applied"
) -> Iterator[Line]:
    """One line for each property that is otherwise.

    Args:
        added: whether the account adds its administrators to the blocked roles by itself.
        fine: what is said where none is.
    """
    found = described(eyes, name)
    words = f"integration {plain(name)}"
    if not found:
        yield Line(
            verdict="lack",
            what=f"{words} is not there, or not for the deployer's integrationRole",
            shown="settings",
            by=eyes.by,
            fix=REFRESH,
        )
        return
    lines = list[Line]()
    for one in wanted:
        if one.key not in found:
            if one.value not in (frozenset(), ""):  # older accounts do not have them all
                lines.append(_not_shown(eyes, one.key, words))
            continue
        value = one.told(found[one.key])
        if value == one.value or (one.key.endswith("BLOCKED_ROLES_LIST") and _covers(value, one)):
            continue
        change = _to_set(one, value, added=added).sets()
        lines.append(
            Line(
                verdict="extra" if one.looser_as(value) else "lack",
                what=f"{one.key} of {words} {_differs(value, one.value)}: {one.means}",
                shown="settings",
                by=eyes.by,
                fix=f"ALTER SECURITY INTEGRATION {quoted(name)} {change};",
            )
        )
    yield from lines
    if not lines:
        yield Line(verdict="ok", what=f"{words} {fine}", shown="settings", by=eyes.by)


def _not_shown(eyes: Eyes, key: str, words: str) -> Line:
    return line("unseen", f"{key} of {words}: Snowflake does not show it", eyes.by)


def _covers(found: object, one: Wanted) -> bool:
    """More blocked roles than wanted take something from people, and give nobody anything."""
    return isinstance(found, frozenset) and isinstance(one.value, frozenset) and found >= one.value


def _to_set(one: Wanted, found: object, *, added: bool) -> Wanted:
    """As it can be set. Blocked roles are added to those that are blocked: what an owner blocks
    besides stays so. What the account adds by itself it refuses in part (error 003629).
    """
    if not one.key.endswith("BLOCKED_ROLES_LIST"):
        return one
    assert isinstance(one.value, frozenset)  # noqa: S101 - of the lists above
    assert isinstance(found, frozenset)  # noqa: S101 - told in the type of the value
    by_itself = SNOWFLAKE_ADMINISTRATORS - MUST_BE_BLOCKED if added else frozenset()
    blocked = (one.value | found) - by_itself
    return Wanted(one.key, blocked, one.kind, one.looser, one.means)


def _differs(found: object, wanted: object) -> str:
    if isinstance(found, frozenset) and isinstance(wanted, frozenset):
        less, more = (", ".join(sorted(each)) for each in (wanted - found, found - wanted))
        return " and ".join([f"lacks {less}"] * bool(less) + [f"has {more}, too"] * bool(more))
    return f"is {_words(found)}, not {_words(wanted)}"


def _words(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or "unset"


def described(eyes: Eyes, name: str) -> Mapping[str, str]:
    """By property; empty: there is none of that name for who asks."""
    listed = {str(row["name"]) for row in eyes.integrations.rows("SHOW SECURITY INTEGRATIONS")}
    if name not in listed:
        return {}
    rows = eyes.integrations.rows(f"DESCRIBE SECURITY INTEGRATION {quoted(name)}")
    return {str(row["property"]): str(row["property_value"] or "") for row in rows}


def texts(names: Sequence[str]) -> str:
    return ", ".join(literal(each) for each in names)
