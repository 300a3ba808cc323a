"""How the service account's user signs in, and what a session of its starts with.

Owns the user's settings, its keys and tokens, and the two policies on it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from cryptography.hazmat.primitives import serialization

from cube_access.facts.identifiers import items, literal, parse, plain, quoted
from cube_access.settings import SnowflakeSettings
from cube_access.verify.deployed import Deployed
from cube_access.verify.findings import Line, Verdict
from cube_access.verify.snowflake.compare import Declared
from cube_access.verify.snowflake.eyes import Eyes, seen
from cube_access.verify.snowflake.session import POLICIES, Row
from cube_access.verify.snowflake.sessions import Sessions

NOT_FOR_SERVICES = ("PASSWORD", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "MUST_CHANGE_PASSWORD",
                    "MINS_TO_BYPASS_MFA")  # fmt: skip
"""What keeps a user from being of TYPE = SERVICE."""
SERVICE_USER = "snowflake:index/serviceUser:ServiceUser"


def user(
    looker: Sessions,
    deployed: Deployed,
    declared: Declared,
    settings: SnowflakeSettings,
    by: str,
) -> Iterator[Line]:
    """What DESCRIBE USER tells."""
    rows = looker.rows(f"DESCRIBE USER {quoted(declared.user)}")
    is_set = {row["property"]: str(row["value"]) for row in rows if row["value"] not in
              (None, "", "null")}  # fmt: skip
    lines = [
        Line(verdict=verdict, what=what, shown="settings", by=by, fix=fix)
        for is_wrong, verdict, what, fix in [
            *_kind(is_set, declared),
            *_sessions(is_set, declared),
            *_keys(is_set, deployed, declared),
            *_login(is_set, declared, settings),
        ]
        if is_wrong
    ]
    yield from lines
    if not lines:
        what = "no password and no other key pair, and its own role only"
        yield Line(verdict="ok", what=what, shown="settings", by=by)


Check = tuple[bool, Verdict, str, str]
"""Whether it is wrong, and what is said then, with the fix."""


def _kind(is_set: Mapping[str, str], declared: Declared) -> Iterator[Check]:
    name, words = quoted(declared.user), plain(declared.user)
    in_the_way = [
        key for key in NOT_FOR_SERVICES if is_set.get(key, "false").lower() not in ("false", "0")
    ]
    unset = f"ALTER USER {name} UNSET {', '.join(in_the_way)};"
    kind = is_set.get("TYPE", "PERSON")
    # Of a service user's TYPE Snowflake says no while it has what only a person has.
    fix = "\n".join([*([unset] if in_the_way else []), f"ALTER USER {name} SET TYPE = SERVICE;"])
    yield kind != "SERVICE", "extra", f"user {words} is of TYPE {kind}, not SERVICE", fix
    password = f"ALTER USER {name} UNSET PASSWORD;"
    yield "PASSWORD" in is_set, "extra", f"user {words} has a password", password
    disabled = is_set.get("DISABLED", "false").lower() == "true"
    enable = f"ALTER USER {name} SET DISABLED = FALSE;"
    yield disabled, "lack", f"user {words} is disabled: it cannot sign in", enable


def _sessions(is_set: Mapping[str, str], declared: Declared) -> Iterator[Check]:
    name = quoted(declared.user)
    yield (
        # Unset it stands for all of them.
        bool(items(is_set.get("DEFAULT_SECONDARY_ROLES", "ALL").replace('"', "'"))),
        "extra",
        "every session has the user's other roles, too (DEFAULT_SECONDARY_ROLES)",
        f"ALTER USER {name} SET DEFAULT_SECONDARY_ROLES = ();",
    )
    for key, wanted, words in (
        ("DEFAULT_ROLE", declared.role.name[0], "in role"),
        ("DEFAULT_WAREHOUSE", declared.warehouse, "with warehouse"),
    ):
        found = is_set.get(key, "")
        yield (
            found not in (wanted, quoted(wanted)),
            "lack",
            f"its sessions begin {words} {plain(found) if found else 'none'}, not {plain(wanted)} "
            f"({key})",
            f"ALTER USER {name} SET {key} = {quoted(wanted)};",
        )


def _keys(is_set: Mapping[str, str], deployed: Deployed, declared: Declared) -> Iterator[Check]:
    name = quoted(declared.user)
    expected = _fingerprints(deployed)
    slots = {"RSA_PUBLIC_KEY": is_set.get("RSA_PUBLIC_KEY_FP", ""),
             "RSA_PUBLIC_KEY_2": is_set.get("RSA_PUBLIC_KEY_2_FP", "")}  # fmt: skip
    for slot, key in slots.items():
        what = f"another key pair signs in ({slot}, {key})"
        # The first slot is never left empty: its key is put back from the state.
        again = next((each for each in expected.values() if each[0] == slot), ("", ""))[1]
        fix = f"ALTER USER {name} UNSET {slot};"
        if again:
            fix = f"ALTER USER {name} SET {slot} = '{again}';"
        yield bool(key) and key not in expected, "extra", what, fix
        is_lacking = bool(again) and not key
        yield is_lacking, "lack", f"the key pair in slot {slot} of the user is gone", fix


def _fingerprints(deployed: Deployed) -> dict[str, tuple[str, str]]:
    """Of the keys that may sign in: the slot of each, and its body, where the state has them."""
    found: dict[str, tuple[str, str]] = {}
    if pem := deployed.credential.get("privateKey"):
        found[fingerprint(pem)] = ("", "")
    for one in deployed.of_type(SERVICE_USER):
        for key, slot in (
            ("rsaPublicKey", "RSA_PUBLIC_KEY"),
            ("rsaPublicKey2", "RSA_PUBLIC_KEY_2"),
        ):
            if body := one.get(key):
                body = "".join(str(body).split())
                found[digest(base64.b64decode(body))] = (slot, body)
    return found


def _login(
    is_set: Mapping[str, str], declared: Declared, settings: SnowflakeSettings
) -> Iterator[Check]:
    name = quoted(declared.user)
    wanted = settings.keyless.subject if settings.keyless else declared.user
    login = is_set.get("LOGIN_NAME", declared.user)
    yield (
        login.upper() != wanted.upper(),
        "extra",
        f"it signs in as {login}, not as {wanted} (LOGIN_NAME): an issuer that this account trusts "
        "may sign that name",
        f"ALTER USER {name} SET LOGIN_NAME = {literal(wanted)};",
    )
    yield (
        "EMAIL" in is_set,
        "extra",
        f"it has the address {is_set.get('EMAIL')} (EMAIL), by which an issuer may sign it in",
        f"ALTER USER {name} UNSET EMAIL;",
    )
    minutes = is_set.get("MINS_TO_BYPASS_NETWORK_POLICY", "0")
    yield (
        minutes not in ("0", ""),
        "extra",
        f"no network policy holds for it, for {minutes} minutes (MINS_TO_BYPASS_NETWORK_POLICY)",
        f"ALTER USER {name} UNSET MINS_TO_BYPASS_NETWORK_POLICY;",
    )


def ways(
    looker: Sessions, declared: Declared, settings: SnowflakeSettings, by: str
) -> Iterator[Line]:
    """Other credentials that the user has, besides keys."""
    name = quoted(declared.user)
    lines: list[Line] = []

    def tokens() -> Iterator[Line]:
        for row in looker.rows(f"SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER {name}"):
            token = str(row["name"])
            what = f"the access token {token} signs in, in role {row['role_restriction'] or 'any'}"
            fix = f"ALTER USER {name} REMOVE PROGRAMMATIC ACCESS TOKEN {quoted(token)};"
            yield Line(verdict="extra", what=what, shown="settings", by=by, fix=fix)

    def identities() -> Iterator[Line]:
        statement = f"SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER {name}"
        for row in looker.rows(statement):
            what = f"a workload of {row['type']} signs in as it (WORKLOAD_IDENTITY)"
            fix = f"ALTER USER {name} UNSET WORKLOAD_IDENTITY;"
            yield Line(verdict="extra", what=what, shown="settings", by=by, fix=fix)

    lines += seen("its programmatic access tokens", by, tokens, shown="settings")
    lines += seen("its workload identities", by, identities, shown="settings")
    yield from lines
    if not lines:
        what = "no programmatic access token and no workload identity"
        yield Line(verdict="ok", what=what, shown="settings", by=by)


def network(eyes: Eyes, declared: Declared, settings: SnowflakeSettings) -> Iterator[Line]:
    """From where it signs in."""
    name, by = quoted(declared.user), eyes.by
    found = _policy_at(eyes, f"USER {name}")
    policy, own = found["value"], found["level"].upper() == "USER"
    if not settings.allowed_cidrs:
        yield from _of_the_account(eyes, declared, policy if own else "")
        return
    wanted = settings.object_name
    if not own or policy != wanted:
        where = f"by network policy {plain(policy)}" if policy else "from anywhere"
        yield Line(
            verdict="extra",
            what=f"it may sign in {where}: its own network policy {plain(wanted)} is not attached",
            shown="settings",
            by=by,
            fix=f"ALTER USER {name} SET NETWORK_POLICY = {quoted(wanted)};",
        )
    yield from addresses(eyes, wanted, settings.allowed_cidrs)


def _policy_at(eyes: Eyes, place: str) -> Mapping[str, str]:
    """The value of the parameter there, and the level that it comes from."""
    rows = eyes.rows(f"SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN {place}")
    row = next((each for each in rows if each["key"] == "NETWORK_POLICY"), {})
    return {key: str(row.get(key) or "") for key in ("value", "level")}


def _of_the_account(eyes: Eyes, declared: Declared, own: str) -> Iterator[Line]:
    """Without allowedCidrs: the account decides, unless somebody gave the user a policy."""
    by = eyes.by
    if own:
        yield Line(
            verdict="extra",
            what=f"network policy {plain(own)} on the user decides from where it signs in, instead "
            "of the account's",
            shown="settings",
            by=by,
            fix=f"ALTER USER {quoted(declared.user)} UNSET NETWORK_POLICY;",
        )
    policy = _policy_at(eyes, "ACCOUNT")["value"]
    where = f"by the account's network policy {plain(policy)}" if policy else "from anywhere"
    what = f"without allowedCidrs the service account may sign in {where}"
    yield Line(verdict="note", what=what, shown="settings", by=by)


def addresses(eyes: Eyes, policy: str, cidrs: Sequence[str]) -> Iterator[Line]:
    rows = eyes.rows(f"DESCRIBE NETWORK POLICY {quoted(policy)}")
    found = {str(row["name"]): str(row["value"] or "") for row in rows}
    allowed = {each.strip() for each in found.get("ALLOWED_IP_LIST", "").split(",") if each}
    listed = ", ".join(literal(each) for each in cidrs)
    fix = f"ALTER NETWORK POLICY {quoted(policy)} SET ALLOWED_IP_LIST = ({listed});"
    words = f"network policy {plain(policy)}"
    lines = []
    if more := sorted(allowed.difference(cidrs)):
        lines.append(("extra", f"{words} lets in {', '.join(more)}, too", fix))
    elif not allowed:
        lines.append(("extra", f"{words} lists no address: it lets in all", fix))
    elif less := sorted(set(cidrs) - allowed):
        lines.append(("lack", f"{words} keeps out {', '.join(less)}", fix))
    for key, verdict, does in (
        ("ALLOWED_NETWORK_RULE_LIST", "extra", "also lets in"),
        ("BLOCKED_NETWORK_RULE_LIST", "lack", "keeps out"),
        ("BLOCKED_IP_LIST", "lack", "keeps out"),
    ):
        if value := _listed(found.get(key, "")):
            empty = f"ALTER NETWORK POLICY {quoted(policy)} SET {key} = ();"
            lines.append((verdict, f"{words} {does} what {key} names: {value}", empty))
    for verdict, what, statement in lines:
        assert verdict in ("extra", "lack")  # noqa: S101 - of the two lists above
        yield Line(
            verdict="extra" if verdict == "extra" else "lack",
            what=what,
            shown="settings",
            by=eyes.by,
            fix=statement,
        )
    if not lines:
        what = f"{words} lets in {', '.join(cidrs)} only"
        yield Line(verdict="ok", what=what, shown="settings", by=eyes.by)


def _listed(value: str) -> str:
    """A list of a policy in words; rules are written as JSON."""
    try:
        rules = json.loads(value)
    except ValueError:
        return value
    names = [str(each.get("fullyQualifiedRuleName", each)) for each in rules]
    return ", ".join(names)


def authentication(eyes: Eyes, declared: Declared, settings: SnowflakeSettings) -> Iterator[Line]:
    """By which ways it signs in, where a policy of ours says so."""
    schema = settings.authentication_policy_schema
    if not schema:
        return
    by, user_name = eyes.by, quoted(declared.user)
    name = (*parse(schema), settings.object_name)
    rows = eyes.rows(POLICIES.format(literal(user_name)))
    attached = [_policy(row) for row in rows if row["policy_kind"] == "AUTHENTICATION_POLICY"]
    if attached != [name]:
        others = ", ".join(plain(*each) for each in attached) or "none"
        # Of two policies the one before has to go first.
        steps = [f"ALTER USER {user_name} UNSET AUTHENTICATION POLICY;"] if attached else []
        steps.append(f"ALTER USER {user_name} SET AUTHENTICATION POLICY {quoted(*name)};")
        yield Line(
            verdict="extra",
            what=f"its authentication policy is {others}, not {plain(*name)}: it may sign in by "
            "other ways",
            shown="settings",
            by=by,
            fix="\n".join(steps),
        )
    rows = eyes.rows(f"DESCRIBE AUTHENTICATION POLICY {quoted(*name)}")
    found = {str(row["property"]): set(items(str(row["value"] or ""))) for row in rows}
    keyless = settings.keyless
    cube_cloud = keyless and (keyless.integration or settings.own_cube_cloud)
    wanted = {
        "AUTHENTICATION_METHODS": {"OAUTH" if keyless else "KEYPAIR"},
        "SECURITY_INTEGRATIONS": {str(cube_cloud)} if cube_cloud else {"ALL"},
        "CLIENT_TYPES": {"ALL"},
    }
    lines = []
    for key, values in wanted.items():
        got = found.get(key)
        if got is None:
            what = f"{key} of authentication policy {plain(*name)}: Snowflake does not show it"
            lines.append(Line(verdict="unseen", what=what, shown="settings", by=by))
        elif got != values:
            listed = ", ".join(literal(each) for each in sorted(values))
            wider = bool(got - values) and values != {"ALL"}
            what = f"{key} of authentication policy {plain(*name)} is {', '.join(sorted(got))}"
            lines.append(
                Line(
                    verdict="extra" if wider else "lack",
                    what=f"{what}, not {', '.join(sorted(values))}",
                    shown="settings",
                    by=by,
                    fix=f"ALTER AUTHENTICATION POLICY {quoted(*name)} SET {key} = ({listed});",
                )
            )
    yield from lines
    if not lines and attached == [name]:
        what = f"it signs in by {wanted['AUTHENTICATION_METHODS'].pop()} only ({plain(*name)})"
        yield Line(verdict="ok", what=what, shown="settings", by=by)


def _policy(row: Row) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in ("policy_db", "policy_schema", "policy_name"))


def fingerprint(pem: str) -> str:
    """Of the public half, as DESCRIBE USER writes it."""
    public = serialization.load_pem_private_key(pem.encode(), None).public_key()
    return digest(
        public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def digest(body: bytes) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(body).digest()).decode()}"
