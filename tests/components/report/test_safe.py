"""A report of a stranger's preview: nothing in it is markup, a secret, or believed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_access.report import build, markdown, page, preview
from cube_access.report.errors import ReportError
from cube_access.report.model import Report, Verdict

HOSTILE = (
    "x`|</code></details><script>alert(1)</script><img src=x onerror=alert(1)>"
    "[a](javascript:alert(1)) @everyone #1 ![i](https://evil.example/p.png) &lt;b&gt;\n\n# big\n"
    "```\n<!-- cube-access report: other -->"
)
PEM = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQplantedplanted\n-----END " + "PRIVATE KEY-----"
TOKEN = "dapi" + "0123456789abcdef0123"
URN = "urn:pulumi:dev::p::{type}::{name}"


def step(kind: str, name: str, /, op: str = "create", **inputs: Any) -> dict[str, Any]:
    state = {"urn": URN.format(type=kind, name=name), "type": kind, "inputs": inputs}
    return {"op": op, "urn": state["urn"], "newState": state}


def report_of(*steps: dict[str, Any], **more: Any) -> Report:
    text = json.dumps({"steps": steps, **more})
    return build.from_live(preview.read([("file", text)]), "dev", "test")


def everything(text: str) -> Report:
    """A report with this text wherever one can be."""
    grant = "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole"
    gone = step("snowflake:index/serviceUser:ServiceUser", text, name=text)
    report = report_of(
        step(grant, text, accountRoleName=text, privileges=[text],
             onAccountObject={"objectType": text, "objectName": text}),
        step("snowflake:index/grantAccountRole:GrantAccountRole", text,
             roleName=text, parentRoleName=f"{text}2"),
        step("databricks:index/grant:Grant", text, principal=text, privileges=[text], schema=text),
        step("databricks:index/customAppIntegration:CustomAppIntegration", text, name=text,
             redirectUrls=[text], scopes=[text]),
        {**gone, "op": "delete", "oldState": gone.pop("newState")},
        step(f"snowflake:index/shareGrant:ShareGrant{text}", text),
        diagnostics=[{"severity": each, "message": text} for each in ("error", "warning")],
        config={text: text},
    )  # fmt: skip
    event = {
        "sequence": 1,
        "policyEvent": {
            "policyName": text, "enforcementLevel": "mandatory", "message": text,
            "resourceUrn": URN.format(type="t", name=text),
        },
    }  # fmt: skip
    judged = preview.read([("events", json.dumps(event))])
    report.verdicts = build.from_live(judged, "dev", "test").verdicts
    report.cube_py = ["--- a", "+++ b", f"+{text}"]
    return report


def outside_of_code(text: str) -> str:
    """The comment without its code, as a reader of CommonMark takes it away."""
    text = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)


# What the comment itself is made of.
OURS = re.compile(
    r"<!-- cube-access report: dev -->|</?(details|summary|sub|code)>|<br>|^> \[![A-Z]+\]", re.M
)


def test_a_hostile_preview_is_text_in_the_comment() -> None:
    text = markdown.render(everything(HOSTILE))
    rest = OURS.sub("", outside_of_code(text))
    assert "<" not in rest
    assert "![" not in rest
    assert "](" not in rest
    assert "@everyone" not in rest, "mentions nobody"
    assert "#1" not in re.sub(r"&#\d+;", "", rest), "refers to no issue"
    assert text.count("<!-- cube-access report:") - text.count("`<!-- cube-access") >= 1
    assert text.startswith("<!-- cube-access report: dev -->\n")
    assert text.count("<details>") == text.count("</details>") - outside_count(text)


def outside_count(text: str) -> int:
    """Closing tags that stand in code, where they close nothing."""
    return text.count("</details>") - outside_of_code(text).count("</details>")


def test_a_hostile_preview_is_text_on_the_page() -> None:
    text = page.render(everything(HOSTILE))
    assert "<script" not in text
    assert "<img" not in text
    assert "onerror=alert" in text, "shown, as text"
    assert not re.search(r"<[^>]*onerror", text)
    assert "default-src 'none'" in text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_one_line_of_text(text: str) -> None:
    line = markdown.prose(text)
    assert not re.search(r"[\n<>|`*_\[\]]", line)
    assert not re.search(r"[@#]\w", re.sub(r"&#\d+;", "", line))
    name = markdown.code(text)
    assert "\n" not in name
    assert "|" not in name
    assert re.fullmatch(r"`[^`]+`|<code>[^<>`|]*</code>", name)


def test_a_planted_secret_is_in_no_report() -> None:
    mark = {preview._SIGNATURE: preview._SECRET_SIGNATURE, "ciphertext": "v1:planted"}
    report = report_of(
        step("databricks:index/servicePrincipalSecret:ServicePrincipalSecret",
             "cube-service-secret-v1", lifetime=mark, secret="planted-secret"),
        step("snowflake:index/execute:Execute", "x", execute="ALTER USER U SET PASSWORD='planted'"),
        step("pulumi-python:dynamic/aws:Secret", "s", name=TOKEN, value="planted-value",
             policy={"x": PEM}),
        step("databricks:index/customAppIntegration:CustomAppIntegration", "app", name=PEM,
             redirectUrls=[f"https://x.example/?t={TOKEN}"]),
        diagnostics=[{"severity": "error", "message": f"cannot sign in with {TOKEN} {PEM}"}],
        config={"cube-access:token": TOKEN, "cube-access:plain": "[secret]"},
    )  # fmt: skip
    for text in (markdown.render(report), page.render(report), json.dumps(report.document())):
        assert "planted" not in text
        assert TOKEN not in text
        assert "[secret]" in text


def test_a_value_that_nobody_judged_is_named_and_not_shown() -> None:
    kind = "snowflake:index/serviceUser:ServiceUser"
    old, new = (step(kind, "u", loginName=each)["newState"] for each in ("before", "after"))
    changed = {"op": "update", "urn": old["urn"], "oldState": old, "newState": new}
    report = report_of(changed)
    assert report.resources == {"updated": ["snowflake:ServiceUser u (loginName)"]}


def test_access_that_is_not_understood_is_said_so() -> None:
    report = report_of(
        step("snowflake:index/grantPrivilegesToShare:GrantPrivilegesToShare", "to-share"),
        step("snowflake:index/execute:Execute", "raw", execute="GRANT ROLE SYSADMIN TO USER U"),
        step("snowflake:index/execute:Execute", "two", execute="SELECT 1; GRANT ROLE R TO USER U"),
        step("snowflake:index/execute:Execute", "looks", execute="SELECT 1"),
        step("snowflake:index/execute:Execute", "read", execute="GRANT SELECT ON FUTURE TABLES IN "
             'SCHEMA "D"."a ""b"" c" TO ROLE "R"'),
        step("snowflake:index/execute:Execute", "both", execute="GRANT INHERITED SELECT ON ALL "
             'VIEWS IN DATABASE "D" TO DATABASE ROLE "D"."R"'),
    )  # fmt: skip
    said = [each for each in report.unknown if "not a grant that this report reads" in each]
    assert [each.split()[2] for each in said] == ["two", "to-share"]
    assert [(r.identity, r.text) for r in report.reach if "SYSADMIN" in r.text] == [
        ("user U", "all that role SYSADMIN has, now and later, which is not in this report")
    ]
    assert [(p.identity, p.privilege, p.scope, p.securable) for p in report.privileges] == [
        ("database role D.R", "SELECT", "inherited views", "D"),
        ("role R", "SELECT", "future tables", 'D."a ""b"" c"'),
    ]
    assert "`SELECT inherited by views`" in markdown.render(report)


def test_what_other_packages_may_give_is_said_to_be_unread() -> None:
    policies = [step("aws:iam/rolePolicy:RolePolicy", f"p{number}") for number in range(7)]
    script = step("command:local:Command", "grants", create="snowsql -q 'GRANT …'")
    own = step("pulumi-python:dynamic/aws:Secret", "s", name="cube-access/x")
    stranger = step("pulumi-python:dynamic/grants:Granter", "x", sql="GRANT ROLE R TO USER U")
    view = step("snowflake:index/view:View", "v", statement="SELECT * FROM HR.PAY.SALARIES")
    warehouse = step("databricks:index/sqlEndpoint:SqlEndpoint", "w", name="w")
    report = report_of(*policies, script, own, stranger, view, warehouse)
    said = [each for each in report.unknown if "this report does not read it" in each]
    assert [each.partition(" may give")[0] for each in said] == [
        "What aws:RolePolicy p0, p1, p2, p3, p4 and 2 more",
        "What command:Command grants",
        "What grants:Granter x",
        "What snowflake:View v",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "[1]", "{}", '{"steps": 1}', '{"steps": [{"op": "create"}]}',
     '{"steps": [1]}', '{"sequence": 1, "policyEvent": 5}', "{" * 5000,
     '{"sequence": 1, "resourcePreEvent": {}}',
     '{"steps": [{"op": "same", "oldState": {"urn": "u", "type": "t", "inputs": 3}}]}',
     '{"steps": [], "config": []}', '{"steps": [], "diagnostics": ["x"]}'],
)  # fmt: skip
def test_what_is_no_preview_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ReportError, match=r"^--preview x is not what `pulumi preview --json`"):
        preview.read([("--preview x", text)])


def test_a_group_of_others_stays_although_one_member_is_ours() -> None:
    report = report_of(
        step("databricks:index/groupMember:GroupMember", "m", groupId="finance", memberId="robot"),
        step("databricks:index/grant:Grant", "g", principal="finance", privileges="not known yet",
             catalog="main"),
    )  # fmt: skip
    assert {each.identity for each in report.privileges} == {"group finance", "member robot"}
    assert {each.privilege for each in report.privileges} == {"NOT_KNOWN_YET"}


def test_a_warehouse_in_which_nothing_is_made_is_not_called_safe() -> None:
    report = report_of(step("pulumi-python:dynamic/aws:Secret", "s", name="cube-access/x"))
    assert any("nothing is made or granted in it here" in each for each in report.unknown)


def test_a_preview_without_its_event_log_says_what_is_missing() -> None:
    report = report_of()
    assert any("verdicts and cube.py" in each for each in report.unknown)
    assert any("--show-sames" in each for each in report.unknown)
    assert "not judged by a policy pack" in markdown.render(report)


def test_a_comment_that_would_be_too_long_is_cut_between_its_parts() -> None:
    grants = [
        step("databricks:index/grant:Grant", f"g{number}", principal="a" * 200,
             privileges=["SELECT"], schema=f"main.{'s' * 200}{number}")
        for number in range(400)
    ]  # fmt: skip
    text = markdown.render(report_of(*grants))
    assert len(text) <= markdown.LIMIT
    assert text.count("<details>") == text.count("</details>")
    assert text.index("Parts are left out here for their length") < 300, "said on top"


def test_no_flood_hides_an_alarm_of_another_kind() -> None:
    report = everything("_" * 5_000)
    report.made_by = ["policies/rules", *(f"tools/{index}{'_' * 5_000}" for index in range(50))]
    report.let_through = [Verdict(f"loose-{n}", "mandatory", "_" * 9_000, "r") for n in range(50)]
    report.stops = [f"stopped {n} {'_' * 9_000}" for n in range(50)]
    report.disruptions *= 50
    report.verdicts += [Verdict("exceptions-listed", "advisory", "in force", "")]
    report.drift = ["by hand" + "_" * 9_000] * 50
    text = markdown.render(report)
    assert len(text) <= markdown.LIMIT
    for said in (
        "`policies/rules`", "`loose-0` as it was refuses", "stopped 0", "is removed", "is broken",
        "`exceptions-listed`: in force", "49 more", "left out here for their length",
    ):  # fmt: skip
        assert said in text


def test_a_comment_is_found_by_its_stacks_name() -> None:
    assert markdown.render(Report("acme/dev_eu-1", "")).startswith(
        "<!-- cube-access report: acme/dev_eu-1 -->\n"
    )
    assert markdown.render(Report("x--><b>", "")).startswith("<!-- cube-access report: x--??b? -->")
