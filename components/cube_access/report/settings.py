"""What changes in how people and Cube sign in: settings, credentials, configuration."""

from __future__ import annotations

from collections.abc import Mapping

from cube_access.report.change import Change, called, value_of
from cube_access.report.meaning import TYPES
from cube_access.report.model import Report, Setting
from cube_access.report.preview import SECRET, Resource, shown


def credentials_and_settings(report: Report, change: Change) -> None:
    for urn, resource in {**change.before, **change.after}.items():
        meaning = TYPES.get(resource.kind)
        if meaning is None:
            continue
        before, after = change.before.get(urn), change.after.get(urn)
        name = called(resource, meaning)
        if meaning.credential:
            if after and urn in change.replaced:
                report.credentials.append(f"{name} of the {meaning.credential} is replaced")
            elif after and not before:
                report.credentials.append(f"{name} of the {meaning.credential} is made")
            elif before and not after:
                report.credentials.append(f"{name} of the {meaning.credential} ends")
        if after is None:
            continue
        for path, label in meaning.settings.items():
            setting = _setting(change, urn, path, meaning.what, label)
            if setting and setting not in report.settings:
                report.settings.append(setting)
        version = "snowflake:ClientSecret"
        if (
            before
            and resource.kind == version
            and value_of(before, "version") != value_of(after, "version")
        ):
            report.credentials.append(
                "OAuth client secret is rotated: paste the new one into Cube Cloud; the one before "
                "works until the next rotation"
            )
    report.credentials.sort()
    report.settings.sort()  # the engine's own order differs from run to run


def _setting(change: Change, urn: str, path: str, what: str, label: str) -> Setting | None:
    before, after = change.before.get(urn), change.after[urn]
    if path in after.ignored:
        return None
    now = _shown(after, path, change, 1)
    if before is None:
        return Setting(what, label, "", now, new=True) if now and what != "guard" else None
    was = _shown(before, path, change, 0)
    hidden = was == SECRET and path in change.changes.get(urn, ())
    return (
        Setting(what, label, was or "not set", now or "not set") if was != now or hidden else None
    )


def _shown(resource: Resource, path: str, change: Change, side: int) -> str:
    value = value_of(resource, path)
    if value == SECRET and path == "oauthRedirectUri":
        # The plugin's SDK hides it, our own output does not: it is no secret.
        own = change.components.get(change.component_of(resource))
        app = own[side].get("oauthApp") if own else change.outputs[side].get("cube_oauth_app")
        if isinstance(app, Mapping):
            value = app.get("redirectUri", app.get("redirect_uri", SECRET))
    if value in (None, "", [], {}, "default"):
        return ""
    if isinstance(value, list) and not any(isinstance(each, (dict, list)) for each in value):
        return ", ".join(sorted(shown(each) for each in value))
    return shown(value)


def configuration(report: Report, was: Mapping[str, str], now: Mapping[str, str]) -> None:
    for key in sorted(was.keys() | now.keys()):
        before, after = was.get(key, ""), now.get(key, "")
        if before != after and was and now:
            name = key.removeprefix("cube-access:")
            report.configuration.append(
                Setting("configuration", name, before or "not set", after or "not set")
            )


def declared(report: Report, change: Change) -> None:
    """What a program asks for otherwise than before, where that is in no configuration."""
    told = {each.label for each in report.configuration}
    for key, (was, now) in sorted(change.declared().items()):
        if was != now and key not in told:
            report.configuration.append(
                Setting("asked for", key, was or "not set", now or "not set")
            )


def sealed(report: Report, was: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Of what a stack's file has encrypted or elsewhere: that it changes, not what it is."""
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            words = [SECRET if key in side else "not set" for side in (was, now)]
            name = key.removeprefix("cube-access:")
            report.configuration.append(Setting("stack file", name, words[0], words[1]))
