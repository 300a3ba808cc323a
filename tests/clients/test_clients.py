"""Two of the foreign clients play in CI; `make clients` plays all."""

import pytest

from tests.clients.__main__ import names, play, requirements


@pytest.mark.parametrize("name", ["databricks_sql_connector", "snowflake_sqlalchemy"])
def test_a_client_that_others_wrote_plays(name: str) -> None:
    good, said = play(name)
    assert good, said


def test_every_client_is_pinned() -> None:
    for name in names():
        assert all("==" in each for each in requirements(name)), name
