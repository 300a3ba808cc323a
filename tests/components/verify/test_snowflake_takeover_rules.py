"""Who administers, by the word of who verifies, and what that does not cover."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.grants import reading
from cube_access.verify.findings import Line, Report
from cube_access.verify.snowflake.compare import compare
from cube_access.verify.snowflake.eyes import Owners
from cube_access.verify.snowflake.held import Held, Role
from cube_access.verify.snowflake.session import Row
from cube_access.verify.snowflake.takeover import members, takeover
from tests.components.verify.snowflake_by_hand import OURS, Known, declared, eyes

WANTED = declared(reading([("D", "S")], ["TABLES"]))

SETTINGS = cast(
    SnowflakeSettings,
    SimpleNamespace(
        object_name="CUBE",
        own_cube_cloud="",
        user_roles=(),
        allowed_cidrs=(),
        authentication_policy_schema="",
        identity_provider=None,
        has_oauth_app=True,
        keyless=None,
        cube_cloud=None,
    ),
)
"""The shortest that a stack can have."""


def report(*lines: Line) -> Report:
    return Report(
        stack="prod",
        component="cube",
        warehouse="snowflake",
        account="MYORG-PROD",
        identity="CUBE",
        deployer="DEPLOYER",
        verified_at="2026-01-02T03:04:05Z",
        lines=lines,
        accepted=["role PLATFORM"],
    )


def test_a_role_that_administers_may_have_ours_but_ours_may_not_have_it() -> None:
    given = [{"granted_to": "ROLE", "grantee_name": "PLATFORM"}]
    looker = eyes({'SHOW GRANTS OF ROLE "CUBE"': given}).security
    (line,) = members(WANTED, looker, "deployer")
    assert (line.through, line.holder) == ("", "role PLATFORM")
    assert report(line).exit_code == 0
    for to in (Role("USER", ("CUBE",)), OURS):
        held = Known(Held("USAGE", "ROLE", ("PLATFORM",), to))
        lines = compare(WANTED, held, [], "deployer")
        (line,) = [each for each in lines if "PLATFORM" in each.what]
        assert (line.verdict, line.through, line.holder) == ("extra", "role PLATFORM", "")
        assert report(line).exit_code == 1


TO_USER = {"granted_to": "USER", "grantee_name": "ALICE"}


def to_role(role: str, **more: str) -> Row:
    return {"granted_to": "ROLE", "grantee_name": role, **more}


def on(privilege: str, kind: str, name: str, to: str, option: str = "false") -> Row:
    return to_role(to, privilege=privilege, granted_on=kind, name=name, grant_option=option)


def above(answers: dict[str, list[Row]], *, database_role: bool = False) -> list[Line]:
    """What is found with a deployer's role of its own, CUBE_DEPLOYER."""
    whose = Owners("CUBE_DEPLOYER", "CUBE_DEPLOYER", "ACCOUNTADMIN", "SYSADMIN", has_policy=False)
    ours = Role("DATABASE_ROLE", ("D", "CUBE")) if database_role else None
    wanted = replace(WANTED, owners=whose, database_role=ours)
    lines = takeover(wanted, SETTINGS, eyes(answers), whose)
    return [line for line in lines if line.verdict == "extra"]


def test_each_role_above_an_owners_is_found_by_however_many_steps() -> None:
    (one, two, three) = above(
        {
            'SHOW GRANTS OF ROLE "CUBE_DEPLOYER"': [to_role("PLATFORM"), TO_USER],
            'SHOW GRANTS OF ROLE "PLATFORM"': [to_role("INTERNS")],
            'SHOW GRANTS OF ROLE "INTERNS"': [to_role("CUBE_DEPLOYER"), to_role("GUESTS")],
        }
    )
    assert one.what.startswith("role PLATFORM has role CUBE_DEPLOYER, and so")
    assert (two.what[:30], two.holder) == ("role INTERNS has role PLATFORM", "role INTERNS")
    assert three.what.startswith("role GUESTS has role INTERNS")
    assert one.fix == 'REVOKE ROLE "CUBE_DEPLOYER" FROM ROLE "PLATFORM";'
    assert (two.fix, three.fix) == ("", ""), "the first step may be the one to undo"
    assert report(one, two).exit_code == 1, "one is accepted, who has it is not"


def test_who_has_a_role_that_manages_grants_is_found() -> None:
    grants = [on("MANAGE GRANTS", "ACCOUNT", "MYACCOUNT", "PLATFORM")]
    power, has = above(
        {
            "SHOW GRANTS ON ACCOUNT": grants,
            'SHOW GRANTS OF ROLE "PLATFORM"': [to_role("INTERNS")],
        }
    )
    assert report(power).exit_code == 0
    assert has.what.startswith("role INTERNS has role PLATFORM")
    assert report(has).exit_code == 1


def test_who_owns_the_deployers_role_is_found_unless_that_administers() -> None:
    where = 'SHOW GRANTS ON ROLE "CUBE_DEPLOYER"'
    for expected in ("USERADMIN", "SECURITYADMIN", "ACCOUNTADMIN", "CUBE_DEPLOYER"):
        owned = on("OWNERSHIP", "ROLE", "CUBE_DEPLOYER", expected)
        assert above({where: [owned]}) == []
    (line,) = above({where: [on("OWNERSHIP", "ROLE", "CUBE_DEPLOYER", "ENGINEER")]})
    assert line.what.startswith("role ENGINEER owns role CUBE_DEPLOYER, and so")
    assert line.fix == (
        'GRANT OWNERSHIP ON ROLE "CUBE_DEPLOYER" TO ROLE "SECURITYADMIN" COPY CURRENT GRANTS;'
    )


def test_who_has_the_warehouses_role_counts_only_where_it_owns_a_role_of_ours() -> None:
    answers = {'SHOW GRANTS OF ROLE "SYSADMIN"': [to_role("ENGINEER")]}
    assert above(answers) == []
    (line,) = above(answers, database_role=True)
    assert line.what.startswith("role ENGINEER has role SYSADMIN")


@pytest.mark.parametrize(
    ("kind", "name"), [("USER", "SECURITYADMIN"), ("DATABASE_ROLE", "SECURITYADMIN.ANY")]
)
def test_only_a_role_is_an_administrators_by_its_name(kind: str, name: str) -> None:
    """A user, or a database with a role in it, may have any name."""

    def to(privilege: str, on: str, thing: str) -> Row:
        row = {"privilege": privilege, "granted_on": on, "name": thing, "grant_option": "false"}
        return {**row, "granted_to": kind, "grantee_name": name}

    words = f"{kind.replace('_', ' ').lower()} {name}"
    powers = {"SHOW GRANTS ON ACCOUNT": [to("ATTACH POLICY", "ACCOUNT", "MYACCOUNT")]}
    (power,) = above(powers)
    assert power.what.startswith(f"{words} has ATTACH POLICY on the account")
    owned = {'SHOW GRANTS ON ROLE "CUBE_DEPLOYER"': [to("OWNERSHIP", "ROLE", "CUBE_DEPLOYER")]}
    (owner,) = above(owned)
    assert owner.what.startswith(f"{words} owns role CUBE_DEPLOYER")
    own_user = to("OWNERSHIP", "USER", "CUBE")
    own_user["grantee_name"] = name.replace("SECURITYADMIN", "CUBE_DEPLOYER")
    (of_ours,) = above({'SHOW GRANTS ON USER "CUBE"': [own_user]})
    assert "owns user CUBE, not CUBE_DEPLOYER" in of_ours.what


def test_what_may_be_passed_on_is_taken_from_all_who_have_it_since() -> None:
    user = on("MONITOR", "USER", "CUBE", "ENGINEER", "true")
    account = on("CREATE INTEGRATION", "ACCOUNT", "MYACCOUNT", "ENGINEER", "true")
    lines = above({'SHOW GRANTS ON USER "CUBE"': [user], "SHOW GRANTS ON ACCOUNT": [account]})
    assert [line.fix for line in lines] == [
        'REVOKE MONITOR ON USER "CUBE" FROM ROLE "ENGINEER" CASCADE;',
        'REVOKE CREATE INTEGRATION ON ACCOUNT FROM ROLE "ENGINEER" CASCADE;',
    ]


def test_a_list_of_holders_that_is_cut_off_is_not_seen_in_full() -> None:
    many = [on("CREATE ROLE", "ACCOUNT", "MYACCOUNT", "USERADMIN")] * 10_000
    lines = takeover(WANTED, SETTINGS, eyes({"SHOW GRANTS ON ACCOUNT": many}), WANTED.owners)
    unseen = [line.what for line in lines if line.verdict == "unseen"]
    assert "what is granted on the account beyond 10,000 rows" in unseen


def test_what_the_account_owns_goes_to_no_role_of_who_only_looks() -> None:
    owned = Held("OWNERSHIP", "TABLE", ("D", "HR", "PAY"), OURS)
    for sure, heir in ((True, "CUBE_DEPLOYER"), (False, "SECURITYADMIN")):
        one = "CUBE_DEPLOYER" if sure else "AUDITOR"
        whose = Owners(one, one, one, one, has_policy=False, sure=sure)
        lines = compare(replace(WANTED, owners=whose), Known(owned), [], "deployer")
        (line,) = [each for each in lines if each.what.startswith("OWNERSHIP")]
        assert f'TO ROLE "{heir}" COPY CURRENT GRANTS' in line.fix
