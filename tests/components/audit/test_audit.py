"""The audit, of what the engine writes: counts, and each format. What it writes on a real state:
tests/policies/stacks/test_recorded.py.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cube_access import cli
from cube_access.audit import files, page, run, sarif
from cube_access.audit.model import (
    NOT_JUDGED,
    NOTHING,
    OFF,
    PASSED,
    TOLD,
    VIOLATED,
    Audit,
    AuditError,
    Rule,
)
from cube_access.audit.pack import Pack, described, find

PACK = Path(__file__).resolve().parents[3] / "policies"
GRANT = "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole"
ROLE_GRANT = "snowflake:index/grantAccountRole:GrantAccountRole"
OAUTH = "snowflake:index/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients"
USER = "snowflake:index/serviceUser:ServiceUser"
PLANTED = "dapi" + "0123456789abcdef" * 2


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{kind}::{name}"


GOOD, BAD = urn(GRANT, "good"), urn(GRANT, "<bad>")
SIGN_IN, ROLE = urn(OAUTH, "sign-in"), urn(ROLE_GRANT, "role")
EXCEPTED = urn(USER, "excepted")
SHOWN = (GOOD, BAD, SIGN_IN, ROLE, EXCEPTED)
CONFIG = {
    "users-not-cut-off": "disabled",
    "grants-settle": "advisory",
    "exceptions-listed": {
        "exceptions": [
            {
                "rule": "secondary-roles-off",
                "resource": EXCEPTED,
                "reason": "see runbook seven",
                "owner": "platform",
                "expires": f"{datetime.now(UTC).date() + timedelta(days=30)}",
            }
        ]
    },
}


def told(rule: str, resource: str, message: str, level: str = "mandatory") -> dict[str, Any]:
    return {
        "policyEvent": {
            "policyName": rule,
            "resourceUrn": resource,
            "message": message,
            "enforcementLevel": level,
            "policyPackName": "cube-access",
        }
    }


def unseen(rule: str, resource: str, where: str) -> dict[str, Any]:
    message = (
        f"can't run policy '{rule}' from policy pack 'cube-access@v0.2.0' during preview: string "
        f"value at .{where} can't be known during preview"
    )
    return told(rule, resource, message, "advisory")


def events(*more: dict[str, Any], ended: bool = True) -> str:
    """As `pulumi policy analyze --json` writes them."""
    last: list[dict[str, Any]] = [{"summaryEvent": {"PolicyPacks": {"cube-access": "0.2.0"}}}]
    written = [*more, *(last if ended else [])]
    return "\n".join(json.dumps({"sequence": n, **each}) for n, each in enumerate(written))


def state(*urns: str) -> str:
    """As `pulumi stack export` writes it."""
    left = {"urn": urn(GRANT, "left"), "type": GRANT, "delete": True}
    found = [{"urn": each, "type": run.type_of(each)} for each in urns]
    return json.dumps({"deployment": {"resources": [*found, left]}})


EVENTS = events(
    told(
        "grants-read-only",
        BAD,
        f"Grants give reading only.\nGrants INSERT to <b> {PLANTED}, which is more.\nGrant only …",
    ),
    unseen("oauth-redirects-https", SIGN_IN, "oauthRedirectUri"),
    unseen("roles-visible", ROLE, "roleName"),
    told("exceptions-listed", EXCEPTED, "Exception: secondary-roles-off", "advisory"),
)


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    config = tmp_path_factory.mktemp("config") / "prod.json"
    config.write_text(json.dumps(CONFIG))
    pack = find(Path(), "prod", PACK, config)
    found = run.read(EVENTS, run.resources(state(*SHOWN), "it"))
    said = described(pack, sorted({run.type_of(each) for each in found.shown}))
    return run.build(
        found,
        said,
        pack,
        stack="acme/prod",
        source="The state of the stack prod",
        program="infra/Pulumi.yaml",
        locked=False,
        left_out=run.left_out(state()),
    )


def of(audit: Audit, name: str) -> Rule:
    return next(rule for rule in audit.rules if rule.name == name)


def counts(rule: Rule) -> tuple[str, int, int, int, int]:
    return (rule.status, len(rule.resources), rule.passed, rule.violated, rule.not_judged)


class TestCounts:
    def test_each_rule_says_what_came_of_what_it_looked_at(self, audit: Audit) -> None:
        assert counts(of(audit, "grants-read-only")) == (VIOLATED, 2, 1, 1, 0)
        assert counts(of(audit, "oauth-redirects-https")) == (NOT_JUDGED, 1, 0, 0, 1)
        assert counts(of(audit, "grants-not-passed-on")) == (PASSED, 2, 2, 0, 0)
        assert counts(of(audit, "masks-hold")) == (NOTHING, 0, 0, 0, 0)

    def test_a_rule_about_the_stack_passes_nothing_while_a_part_is_hidden(
        self, audit: Audit
    ) -> None:
        assert counts(of(audit, "roles-visible")) == (NOT_JUDGED, 1, 0, 0, 1)

    def test_a_rule_that_is_off_judges_nothing(self, audit: Audit) -> None:
        assert counts(of(audit, "users-not-cut-off")) == (OFF, 0, 0, 0, 0)
        assert of(audit, "grants-settle").level == "advisory"

    def test_an_exception_is_counted_apart(self, audit: Audit) -> None:
        assert of(audit, "secondary-roles-off").excepted == [EXCEPTED]
        assert counts(of(audit, "secondary-roles-off")) == ("excepted", 0, 0, 0, 0)
        assert of(audit, "exceptions-listed").status == TOLD

    def test_every_rule_of_the_pack_is_there_with_what_asks_for_it(self, audit: Audit) -> None:
        assert len(audit.rules) > 60
        assert of(audit, "credentials-expire").asked_for_by == [
            "Databricks SAT IA-4",
            "Databricks SAT GOV-2",
            "NIST 800-53 IA-5",
        ]
        assert "CIS Snowflake 1.0.0 3.1" in of(audit, "network-bounded").asked_for_by

    def test_what_is_hidden_is_named_by_its_property(self, audit: Audit) -> None:
        assert "oauthRedirectUri" in of(audit, "oauth-redirects-https").unknown[0].message
        assert not audit.hides_secrets, "no more than that one is said"
        assert "Some values were hidden or not known." in page.render(audit)


class TestFormats:
    def test_the_json_has_all_of_it_and_no_credential(self, audit: Audit) -> None:
        text = files.as_json(audit)
        assert PLANTED not in text
        found = json.loads(text)
        assert (found["stack"], found["project"]) == ("acme/prod", "shop")
        assert found["pack"] == "cube-access 0.2.0"
        assert found["leftOut"] == 1
        assert found["summary"][VIOLATED] == 1
        assert sum(found["summary"].values()) == len(found["rules"])
        rule = next(each for each in found["rules"] if each["rule"] == "grants-read-only")
        assert rule["resources"] == [GOOD, BAD]
        assert rule["findings"][0]["resource"] == BAD
        assert "INSERT" in rule["findings"][0]["message"]
        assert found["exceptions"][0]["owner"] == "platform"

    def test_the_page_escapes_what_it_shows_and_closes_what_it_opens(self, audit: Audit) -> None:
        text = page.render(audit)
        assert PLANTED not in text
        assert "<bad>" not in text
        assert "&lt;bad&gt;" in text
        open_tags: list[str] = []

        class Tags(HTMLParser):
            def handle_starttag(self, tag: str, attrs: object) -> None:
                if tag not in ("meta", "br", "wbr"):
                    open_tags.append(tag)

            def handle_endtag(self, tag: str) -> None:
                assert open_tags.pop() == tag

        Tags().feed(text)
        assert open_tags == []
        plain = re.sub("<[^>]*>", "", text)
        assert "What could not be judged" in plain
        assert "see runbook seven" in plain
        assert all(rule.name in plain for rule in audit.rules)

    def test_the_sarif_has_what_the_standard_and_github_ask_for(self, audit: Audit) -> None:
        found = json.loads(json.dumps(sarif.document(audit)))
        assert PLANTED not in json.dumps(found)
        assert found["version"] == "2.1.0"
        assert found["$schema"].startswith("https://")
        (one,) = found["runs"]
        driver = one["tool"]["driver"]
        assert driver["name"]
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids)) == len(audit.rules)
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"]
            assert rule["help"]["text"]
            assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
            assert 0 < float(rule["properties"]["security-severity"]) <= 10
        violated = [result for result in one["results"] if result["ruleId"] == "grants-read-only"]
        assert [result["level"] for result in violated] == ["error"]
        assert {result["ruleId"] for result in one["results"]} == {"grants-read-only"}
        for result in one["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["message"]["text"]
            assert result["partialFingerprints"]
            (location,) = result["locations"]
            physical = location["physicalLocation"]
            assert physical["artifactLocation"]["uri"] == "infra/Pulumi.yaml"
            assert physical["region"]["startLine"] >= 1
        (invocation,) = one["invocations"]
        assert invocation["executionSuccessful"] is True
        unjudged = invocation["toolExecutionNotifications"]
        assert {(each["associatedRule"]["id"], each["level"]) for each in unjudged} == {
            ("oauth-redirects-https", "warning"),
            ("roles-visible", "warning"),
            ("exceptions-listed", "note"),
        }

    def test_the_summary_names_what_is_to_be_looked_at(self, audit: Audit) -> None:
        text = page.summary(audit, [Path("audit/prod.json")])
        assert "1 rule violated" in text
        assert "grants-read-only (mandatory): of 2 resources 1 violate, 1 passed" in text
        assert "roles-visible" in text
        assert "grants-not-passed-on" not in text


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an exported state, in which the engine says what `said` says."""
    (tmp_path / "state.json").write_text(state(*SHOWN))
    monkeypatch.chdir(tmp_path)
    return tmp_path


VIOLATED_LAST = "error: one or more mandatory policy violations were found\n"


def says(monkeypatch: pytest.MonkeyPatch, code: int, out: str, error: str = "") -> list[str]:
    asked: list[str] = []

    def analyze(folder: Path, pack: Pack, *what: str) -> tuple[int, str, str]:
        asked.append(what[0])
        return code, out, error

    monkeypatch.setattr(run, "_analyze", analyze)
    return asked


@pytest.mark.parametrize(
    ("out", "code"),
    [
        (events(), 0),
        (EVENTS, 1),
        (events(unseen("grants-read-only", GOOD, "privileges")), 2),
        (events(told("exceptions-listed", GOOD, "…", "advisory")), 0),
    ],
    ids=["all passed", "violated", "could not judge", "told"],
)
def test_it_ends_with_what_was_found(
    program: Path, monkeypatch: pytest.MonkeyPatch, out: str, code: int
) -> None:
    violated = '"mandatory"' in out
    says(monkeypatch, int(violated), out, VIOLATED_LAST if violated else "")
    assert cli.main(["audit", "--state", "state.json", "--pack", str(PACK)]) == code
    assert sorted(each.name for each in (program / "audit").iterdir()) == [
        "prod.html",
        "prod.json",
        "prod.sarif",
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--state", "none.json", "--pack", str(PACK)], "does not exist"),
        (["--state", "text.json", "--pack", str(PACK)], "is no exported state"),
        (["--state", "state.json"], "no policy pack in policies"),
        (["--state", "state.json", "--pack", "other"], "another policy pack"),
        (["--state", "state.json", "--pack", "broken"], "does not run"),
        (["--state", "state.json", "--pack", str(PACK), "--policy-config", "text.json"], "as JSON"),
        (
            ["--state", "state.json", "--pack", str(PACK), "--policy-config", "twice.json"],
            "oauth-pkce stands there twice",
        ),
    ],
)
def test_what_cannot_be_audited_is_said(
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    why: str,
) -> None:
    says(monkeypatch, 0, events())
    (program / "text.json").write_text("no state")
    (program / "twice.json").write_text('{"oauth-pkce": "mandatory", "oauth-pkce": "disabled"}')
    for name in ("other", "broken"):
        (program / name).mkdir()
        (program / name / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 1.0.0\n")
    (program / "broken/rules").mkdir()
    (program / "broken/rules/describe.py").write_text("import gone\n")
    assert cli.main(["audit", *arguments]) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    assert not (program / "audit").exists()


@pytest.mark.parametrize(
    ("out", "error", "why"),
    [
        (events(ended=False), f"error: the plugin died {PLANTED}\n", "the plugin died"),
        (events(), "error: the plugin died late\n", "the plugin died late"),
        ("", "error: the policy pack's configuration is wrong.\n", "configuration is wrong"),
    ],
    ids=["in the middle", "at its end", "at the beginning"],
)
def test_an_analysis_that_does_not_come_to_its_end_is_no_audit(
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    out: str,
    error: str,
    why: str,
) -> None:
    says(monkeypatch, 255, out, error)
    assert cli.main(["audit", "--state", "state.json", "--pack", str(PACK)]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert PLANTED not in said


def test_a_state_of_nothing_is_no_audit(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, 0, "")
    (program / "state.json").write_text(state())
    with pytest.raises(AuditError, match="nothing was looked at"):
        run.audit("", program, lambda _: None, state=Path("state.json"), pack=PACK)


def test_a_stack_whose_passphrase_is_not_at_hand_is_read_from_its_export(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def analyze(folder: Path, pack: Pack, *what: str) -> tuple[int, str, str]:
        asked.append(what[0])
        if what[0] == "--stack":
            return 255, "", "error: getting secrets manager: passphrase must be set\n"
        return 0, EVENTS, ""

    monkeypatch.setattr(run, "_analyze", analyze)
    monkeypatch.setattr(run, "pulumi", lambda *_: state(*SHOWN))
    found = run.audit("prod", program, lambda _: None, pack=PACK)
    assert asked == ["--stack", "--file"]
    assert found.hides_secrets
