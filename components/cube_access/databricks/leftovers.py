"""What a lost answer leaves behind in an account: which of the things there are ours, and which of
ours the stack's state has.

The plugin sends a POST again until it is answered, and an engine that is killed forgets what it had
sent. Either way Databricks has made a thing whose id nobody was told. Names do not tell it from
others': they are not unique. What does, for each kind:

    principal  the mark that it was made with, as its externalId: random, and kept in the state
    token      it is our principal's, was not there before, and has the comment of the one we know
    secret     it is our principal's, was not there before, and lives as long as the one we know
    app        it was not there before, and whoever made ours made it, with the same name,
               addresses, scopes and lifetimes: the API has no field for a mark. Two stacks of one
               name make apps alike, so that the time counts, too: a call of ours whose answer was
               lost was sent as soon as we had looked
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from cube_access.databricks.client import account_client, workspace_client
from cube_access.facts.scim import called
from cube_access.provider.lifecycle import SignIn

Kind = Literal["app", "principal", "secret", "token"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# The two times of a secret are not of one clock reading.
SAME_LIFETIME_SECONDS = 60
MARKED = "cube-access:"
"""How every mark begins, whichever stack made it."""
# Between a look and the call that follows it; the two times are of two clocks.
SOON = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that an account or a workspace has."""

    identifier: str
    described: str
    """In words, with its id."""
    mark: str = ""
    alike: object = None
    """What it has in common with a double of it."""
    lifetime: float = 0
    made: datetime | None = None

    def soon_after(self, mark: str) -> bool:
        """Whether it was made right after the look that a mark is of; no, if it says no time."""
        began = _time(mark.partition("@")[2])
        return bool(began and self.made and abs(self.made - began) <= SOON)


@dataclass(frozen=True, kw_only=True)
class Things:
    """Those of one kind that could be ours, in one place.

    Args:
        host: of the account console; for tokens, of the workspace.
        name: of the environment; for tokens, their comment.
        principal_id: whose secrets or tokens; empty for the other kinds.
    """

    kind: Kind
    host: str
    account_id: str
    name: str
    principal_id: str
    sign_in: SignIn

    def listed(self) -> dict[str, Found]:
        """By their ids.

        Raises:
            DatabricksError: refused, or out of reach.
        """
        found = {
            "app": self._apps,
            "principal": self._principals,
            "secret": self._secrets,
            "token": self._tokens,
        }[self.kind]()
        return {each.identifier: each for each in found}

    def remove(self, identifier: str) -> None:
        """Gone already is what was asked for."""
        from databricks.sdk.errors import NotFound

        try:
            self._delete(identifier)
        except NotFound:
            return

    def command(self, identifier: str) -> str:
        """By which a person removes it."""
        account = f"/api/2.0/accounts/{self.account_id}"
        path = {
            "app": f"{account}/oauth2/custom-app-integrations/{identifier}",
            "principal": f"{account}/scim/v2/ServicePrincipals/{identifier}",
            "secret": (
                f"{account}/servicePrincipals/{self.principal_id}/credentials/secrets/{identifier}"
            ),
            "token": f"/api/2.0/token-management/tokens/{identifier}",
        }[self.kind]
        return f"databricks api delete {path}"

    def _account(self) -> Any:
        return account_client(self.host, self.account_id, self.sign_in)

    def _workspace(self) -> Any:
        return workspace_client(self.host, self.sign_in)

    def _delete(self, identifier: str) -> None:
        match self.kind:
            case "app":
                self._account().custom_app_integration.delete(identifier)
            case "principal":
                self._account().service_principals_v2.delete(identifier)
            case "secret":
                self._account().service_principal_secrets.delete(self.principal_id, identifier)
            case "token":
                self._workspace().token_management.delete(identifier)

    def _apps(self) -> Iterator[Found]:
        for app in self._account().custom_app_integration.list(include_creator_username=True):
            if app.name != self.name:
                continue
            policy = app.token_access_policy
            yield Found(
                identifier=str(app.integration_id),
                described=f"the OAuth app {app.name} (integration id {app.integration_id}, made "
                f"{app.create_time} by {app.creator_username or app.created_by})",
                alike=(
                    app.created_by,
                    app.creator_username,
                    tuple(app.redirect_urls or ()),
                    tuple(sorted(app.scopes or ())),
                    bool(app.confidential),
                    str(policy.as_dict()) if policy else "",
                ),
                made=_time(app.create_time),
            )

    def _principals(self) -> Iterator[Found]:
        listed = self._account().service_principals_v2.list(
            filter=called(self.name),
            attributes="id,displayName,externalId,applicationId,active",
        )
        for each in listed:
            yield Found(
                identifier=str(each.id),
                described=f"the service principal {each.display_name} (id {each.id}, application "
                f"id {each.application_id})",
                mark=str(each.external_id or ""),
            )

    def _secrets(self) -> Iterator[Found]:
        for each in self._account().service_principal_secrets.list(self.principal_id):
            began, ends = _time(each.create_time), _time(each.expire_time)
            yield Found(
                identifier=str(each.id),
                described=f"an OAuth secret of the service account (id {each.id}, made "
                f"{each.create_time})",
                lifetime=(ends - began).total_seconds() if began and ends else 0,
            )

    def _tokens(self) -> Iterator[Found]:
        for each in self._workspace().token_management.list():
            # Not by the comment: a token keeps the one that it was made with.
            if str(each.owner_id) == self.principal_id:
                yield Found(
                    identifier=str(each.token_id),
                    described=f"a personal access token of the service account (id "
                    f"{each.token_id}, comment {each.comment})",
                    alike=each.comment,
                )


def new_mark(kind: Kind) -> str:
    """Of a look now. A principal carries it, and so it has no time."""
    mark = f"{MARKED}{secrets.token_hex(8)}"
    if kind == "principal":
        return mark
    return f"{mark}@{datetime.now(UTC).isoformat(timespec='seconds')}"


def leftovers(
    kind: Kind, found: Mapping[str, Found], *, own: Found, mark: str, before: Collection[str]
) -> list[Found]:
    """What a call of ours made, and no state has.

    Args:
        own: the one that the state has.
        mark: what ours are made with.
        before: the ids of those that were there before we began.
    """
    others = [each for each in found.values() if each.identifier != own.identifier]
    if kind == "principal":
        return [each for each in others if each.mark == mark]
    new = [each for each in others if each.identifier not in before]
    if kind == "secret":
        return [each for each in new if abs(each.lifetime - own.lifetime) <= SAME_LIFETIME_SECONDS]
    return [each for each in new if each.alike == own.alike]


def _time(text: str | None) -> datetime | None:
    """None: there is none that can be read."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
