"""What one signs in with: OAuth apps, service principal secrets, personal access tokens.

Owns issuing, checking and ending every credential (RFC 6749, PKCE by RFC 7636). It does not own
who may call which API (`web.py`).
"""

import base64
import hashlib
import itertools
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.databricks.directory import Directory, Principal, Workspace
from sandbox.databricks.errors import ApiError, OAuthError, invalid, missing

HOUR = 3600.0
DAY = 24 * HOUR
MAX_SECRETS = 5
MAX_LIFETIME = 730 * DAY
SCOPES = frozenset({"all-apis", "sql", "offline_access", "openid", "profile", "email"})
TTL_MINUTES = {
    "access_token_ttl_in_minutes": (5, 1_440),
    "refresh_token_ttl_in_minutes": (5, 129_600),
}


@dataclass
class Integration:
    """A custom OAuth app."""

    id: str
    client_id: str
    client_secret: str | None
    creator: Principal
    created: float
    settings: dict[str, Any]
    """As the caller sent it: name, redirect_urls, confidential, scopes, token_access_policy, ..."""

    @property
    def scopes(self) -> set[str]:
        return set(self.settings.get("scopes") or SCOPES - {"sql"})

    def policy(self, key: str, default: int = 0) -> int:
        return int((self.settings.get("token_access_policy") or {}).get(key) or default)


@dataclass
class Secret:
    id: str
    value: str
    created: float
    expires: float


@dataclass
class Token:
    value: str
    principal: int
    scopes: frozenset[str]
    created: float
    expires: float | None
    workspace: int | None = None
    """None: issued by the account, good for it and all its workspaces."""
    client_id: str | None = None
    pat_id: str | None = None
    comment: str = ""
    creator: Principal | None = None
    session_end: float | None = None


@dataclass
class Code:
    client_id: str
    principal: int
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None
    expires: float
    workspace: int | None


MANAGER, USER = "roles/servicePrincipal.manager", "roles/servicePrincipal.user"
"""What one may be given on a service principal: to manage its roles; to run jobs as it."""


@dataclass
class Federation:
    """Whose tokens sign in instead of a credential."""

    id: str
    issuer: str
    subject: str
    principal: int | None = None
    """None: of the whole account; the token says as whom."""


class Access:
    def __init__(self, directory: Directory, clock: Callable[[], float]) -> None:
        self.directory, self.clock = directory, clock
        self.rule_sets: dict[str, dict[str, list[str]]] = {}
        """Application id -> role -> users/…, groups/… and servicePrincipals/… who have it."""
        self.federations: dict[str, Federation] = {}
        self.integrations: dict[str, Integration] = {}
        self.secrets: dict[int, list[Secret]] = {}
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self._numbers = itertools.count(1)

    def unreal(self, kind: str) -> str:
        """A value nobody can guess or mistake for a real credential."""
        return f"sandbox-{kind}-{next(self._numbers)}-{secrets.token_hex(4)}"

    # OAuth apps

    def create_integration(self, settings: dict[str, Any], creator: Principal) -> Integration:
        if not settings.get("name"):
            raise invalid("name is required.")
        check_integration(settings)
        id_, client_id = str(uuid.uuid4()), str(uuid.uuid4())
        secret = self.unreal("client") if settings.get("confidential") else None
        new = Integration(id_, client_id, secret, creator, self.clock(), settings)
        self.integrations[id_] = new
        return new

    def integration(self, id_: str) -> Integration:
        if id_ not in self.integrations:
            raise missing(f"OAuth custom app integration with id {id_} does not exist.")
        return self.integrations[id_]

    def update_integration(self, id_: str, changes: dict[str, Any]) -> None:
        known = self.integration(id_)
        check_integration(changes)
        fields = ("redirect_urls", "scopes", "token_access_policy", "user_authorized_scopes")
        known.settings |= {k: changes[k] for k in fields if k in changes}

    def delete_integration(self, id_: str) -> None:
        client_id = self.integration(id_).client_id
        del self.integrations[id_]
        for store in (self.tokens, self.refresh_tokens, self.codes):
            for key in [k for k, v in store.items() if v.client_id == client_id]:
                del store[key]

    # Service principal secrets

    def create_secret(self, who: Principal, lifetime: str | None) -> Secret:
        text = lifetime or f"{int(MAX_LIFETIME)}s"
        seconds = int(text[:-1]) if text[:-1].isdigit() and text.endswith("s") else 0
        if not 0 < seconds <= MAX_LIFETIME:
            raise invalid(f"lifetime {text} must be between 1s and {int(MAX_LIFETIME)}s.")
        known = self.secrets.setdefault(who.id, [])
        if len(known) >= MAX_SECRETS:
            message = f"Service principal {who.id} has reached the limit of {MAX_SECRETS} secrets."
            raise ApiError(400, "BAD_REQUEST", message)
        now = self.clock()
        known.append(Secret(str(uuid.uuid4()), self.unreal("secret"), now, now + seconds))
        return known[-1]

    def delete_secret(self, who: Principal, secret_id: str) -> None:
        known = self.secrets.get(who.id, [])
        if all(s.id != secret_id for s in known):
            raise missing(f"Secret {secret_id} of service principal {who.id} does not exist.")
        self.secrets[who.id] = [s for s in known if s.id != secret_id]

    # Tokens

    def identify(self, value: str, workspace: Workspace | None) -> tuple[Principal, Token] | None:
        """Whose token this is, if it is good here and now."""
        token = self.tokens.get(value)
        who = self.directory.principals.get(token.principal) if token else None
        if not token or not who or not who.active or self._expired(token.expires):
            return None
        here = workspace.id if workspace else None
        return (who, token) if token.workspace in (None, here) else None

    def create_pat(
        self, who: Principal, workspace: Workspace, seconds: int | None, comment: str, by: Principal
    ) -> Token:
        if seconds is not None and not 0 < seconds <= MAX_LIFETIME:
            raise invalid(f"lifetime_seconds {seconds} is out of range.")
        now = self.clock()
        expires = now + seconds if seconds else None
        pat = Token(
            self.unreal("pat"), who.id, frozenset({"all-apis"}), now, expires, workspace.id,
            pat_id=secrets.token_hex(32), comment=comment, creator=by,
        )  # fmt: skip
        self.tokens[pat.value] = pat
        return pat

    def pats(self, workspace: Workspace) -> list[Token]:
        return [t for t in self.tokens.values() if t.pat_id and t.workspace == workspace.id]

    def authorize(self, query: dict[str, str], workspace: Workspace | None) -> str:
        """The consent page, with the person named by `login_hint` consenting at once."""
        app = self.app_for_redirect(query)
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type must be code")
        scopes = frozenset((query.get("scope") or " ".join(sorted(app.scopes))).split())
        if not scopes <= app.scopes:
            extra = ", ".join(sorted(scopes - app.scopes))
            raise OAuthError("invalid_scope", f"the OAuth app does not allow: {extra}")
        challenge = query.get("code_challenge")
        if not challenge and not app.settings.get("confidential"):
            raise OAuthError("invalid_request", "a public client must send a code_challenge")
        if challenge and query.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "code_challenge_method must be S256")
        who = self.directory.named(query.get("login_hint", ""))
        if not who or who.kind != "user" or not who.active:
            raise OAuthError("access_denied", "login_hint does not name an active user")
        if workspace and not self.directory.is_member(who, workspace):
            raise OAuthError("access_denied", f"{who.name} is not a member of the workspace")
        value = self.unreal("code")
        self.codes[value] = Code(
            app.client_id, who.id, query["redirect_uri"], scopes, challenge,
            self.clock() + 300, workspace.id if workspace else None,
        )  # fmt: skip
        return value

    def app_for_redirect(self, query: dict[str, str]) -> Integration:
        """Until both are known to be good, an error must not be sent to the redirect URI."""
        app = self._app(query.get("client_id"))
        if not app:
            raise OAuthError("invalid_client", "no OAuth app has this client_id")
        uri = query.get("redirect_uri")
        if uri not in app.settings.get("redirect_urls", []):
            raise OAuthError("invalid_request", f"redirect_uri {uri} is not registered")
        return app

    def token(
        self, form: dict[str, str], basic: tuple[str, str] | None, workspace: Workspace | None
    ) -> dict[str, Any]:
        client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
        match form.get("grant_type"):
            case "client_credentials":
                return self._client_credentials(client_id, secret, form, workspace)
            case "authorization_code":
                return self._authorization_code(self._client(client_id, secret), form)
            case "refresh_token":
                return self._refresh(self._client(client_id, secret), form)
        raise OAuthError("unsupported_grant_type", f"grant_type {form.get('grant_type')}")

    def _client_credentials(
        self, client_id: str, secret: str, form: dict[str, str], workspace: Workspace | None
    ) -> dict[str, Any]:
        who = self.directory.named(client_id)
        known = self.secrets.get(who.id, []) if who and who.active else []
        good = any(s.value == secret and not self._expired(s.expires) for s in known)
        if not who or not good or (workspace and not self.directory.is_member(who, workspace)):
            raise OAuthError("invalid_client", "Client authentication failed", 401)
        scopes = frozenset((form.get("scope") or "all-apis").split())
        if not scopes <= SCOPES:
            raise OAuthError("invalid_scope", " ".join(sorted(scopes - SCOPES)))
        here = workspace.id if workspace else None
        return self._issue(who.id, scopes, HOUR, here)

    def _authorization_code(self, app: Integration, form: dict[str, str]) -> dict[str, Any]:
        code = self.codes.pop(form.get("code", ""), None)  # used up, even by a failed attempt
        if not code or code.client_id != app.client_id or self._expired(code.expires):
            raise OAuthError("invalid_grant", "the authorization code is invalid or expired")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri differs from the authorization's")
        if code.challenge and challenge_of(form.get("code_verifier", "")) != code.challenge:
            raise OAuthError("invalid_grant", "code_verifier does not match code_challenge")
        return self._issue_for(app, code.principal, code.scopes, code.workspace)

    def _refresh(self, app: Integration, form: dict[str, str]) -> dict[str, Any]:
        value = form.get("refresh_token", "")
        known = self.refresh_tokens.get(value)
        if not known or known.client_id != app.client_id or self._expired(known.expires):
            raise OAuthError("invalid_grant", "the refresh token is invalid or expired")
        who = self.directory.principals.get(known.principal)
        if not who or not who.active:
            raise OAuthError("invalid_grant", "the user is gone or deactivated")
        if app.policy("enable_single_use_refresh_tokens"):
            del self.refresh_tokens[value]
            return self._issue_for(app, who.id, known.scopes, known.workspace, known.session_end)
        ttl = app.policy("access_token_ttl_in_minutes", 60) * 60
        answer = self._issue(who.id, known.scopes, ttl, known.workspace, app.client_id)
        return answer | {"refresh_token": value}

    def _issue_for(
        self, app: Integration, who: int, scopes: frozenset[str], workspace: int | None,
        session_end: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        ttl = app.policy("access_token_ttl_in_minutes", 60) * 60
        answer = self._issue(who, scopes, ttl, workspace, app.client_id)
        if "offline_access" in scopes:
            now = self.clock()
            longest = app.policy("absolute_session_lifetime_in_minutes", 1_000_000) * 60
            end = session_end or now + longest
            expires = min(now + app.policy("refresh_token_ttl_in_minutes", 10_080) * 60, end)
            token = Token(
                self.unreal("refresh"), who, scopes, now, expires, workspace, app.client_id,
                session_end=end,
            )  # fmt: skip
            self.refresh_tokens[token.value] = token
            answer["refresh_token"] = token.value
        return answer

    def _issue(
        self, who: int, scopes: frozenset[str], ttl: float, workspace: int | None,
        client_id: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        now = self.clock()
        token = Token(self.unreal("access"), who, scopes, now, now + ttl, workspace, client_id)
        self.tokens[token.value] = token
        return {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": int(ttl),
            "scope": " ".join(sorted(scopes)),
        }

    def _client(self, client_id: str, secret: str) -> Integration:
        app = self._app(client_id)
        if not app or (app.client_secret and app.client_secret != secret):
            raise OAuthError("invalid_client", "Client authentication failed", 401)
        return app

    def _app(self, client_id: str | None) -> Integration | None:
        apps = self.integrations.values()
        return next((a for a in apps if a.client_id == client_id), None)

    def _expired(self, expires: float | None) -> bool:
        return expires is not None and expires <= self.clock()

    def federate(self, issuer: str, subject: str = "", who: Principal | None = None) -> Federation:
        new = Federation(str(uuid.uuid4()), issuer, subject, who.id if who else None)
        self.federations[new.id] = new
        return new

    def forget(self, who: Principal) -> None:
        self.secrets.pop(who.id, None)
        self.rule_sets.pop(who.name, None)
        for known in [f for f in self.federations.values() if f.principal == who.id]:
            del self.federations[known.id]
        for store in (self.tokens, self.refresh_tokens):
            for key in [k for k, t in store.items() if t.principal == who.id]:
                del store[key]


def check_integration(settings: dict[str, Any]) -> None:
    policy = settings.get("token_access_policy") or {}
    for key, (low, high) in TTL_MINUTES.items():
        if key in policy and not low <= int(policy[key]) <= high:
            raise invalid(f"{key} must be between {low} and {high}, not {policy[key]}.")
    if unknown := set(settings.get("scopes") or []) - SCOPES:
        raise invalid(f"Invalid scope: {sorted(unknown)[0]}.")


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
