"""What of a repository is compared, and how it is said: without the engine, on real commits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cube_access import __version__
from cube_access.report import offline, run
from cube_access.report.errors import ReportError
from cube_access.report.model import Report
from cube_access.report.offline import Offline, Tree

PYTHON = "name: shop\nruntime:\n  name: python\n  options: {virtualenv: ../venv}\n"
YAML = "name: shop\nruntime: yaml\npackages: {cube-access: ../package}\n"
STATE = {"urn": "urn:pulumi:prod::shop::pulumi:pulumi:Stack::x", "type": "pulumi:pulumi:Stack"}
OTHER_PACKAGES = "with the packages that it names"
PROVIDERS = "Whether a provider of another package"


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


class Repository:
    """A program in `infra/` of a repository, and the previews that were asked for."""

    def __init__(self, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.top, self.program = top, top / "infra"
        self.asked: list[tuple[Tree, Path | None, Path | None]] = []
        git(top, "init", "--quiet")
        monkeypatch.setattr(offline, "preview", self.preview)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.top / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self) -> None:
        git(self.top, "add", "-A")
        git(self.top, "commit", "--quiet", "--allow-empty", "-m", "x")

    def preview(
        self,
        tree: Tree,
        _stack: str,
        *,
        now: Tree | None = None,
        pack: Path | None = None,
        policy_config: Path | None = None,
    ) -> Offline:
        assert tree.program.is_dir(), "it is there while it is looked at"
        self.asked.append((tree, pack, policy_config))
        outputs = {**STATE, "outputs": {"x": "y"}}
        metadata = {"op": "create", "old": None, "new": outputs}
        digest = {"steps": [{"op": "create", "newState": STATE}]}
        events = {"sequence": 1, "resOutputsEvent": {"metadata": metadata}}
        return Offline(json.dumps(digest), json.dumps(events))

    def report(self, stack: str = "prod", **options: Any) -> Report:
        return run.compare(stack, self.program, "HEAD", lambda _: None, **options)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    top = tmp_path / "repository"
    top.mkdir()
    return Repository(top, monkeypatch)


def python(each: Repository) -> None:
    each.write(infra__Pulumi_dot_yaml=PYTHON)
    (each.program / "__main__.py").write_text("")


def test_both_sides_are_the_program_in_its_folder(repository: Repository) -> None:
    python(repository)
    repository.commit()
    found = repository.report()
    was, now = (tree for tree, _, _ in repository.asked)
    assert {was.inside, now.inside} == {Path("infra")}
    assert {was.top, now.top} > {repository.top.resolve()}
    assert found.compared.startswith("This checkout, compared with HEAD")
    assert "nobody was asked" in found.compared
    assert not any(OTHER_PACKAGES in each or PROVIDERS in each for each in found.unknown)


def test_a_stack_needs_no_file_where_no_stack_has_one(repository: Repository) -> None:
    repository.write(infra__Pulumi_dot_yaml=YAML)
    repository.commit()
    assert repository.report("acme/prod").stack == "acme/prod"
    repository.write(infra__Pulumi_dot_dev_dot_yaml="config: {}\n")
    with pytest.raises(ReportError, match=r"no Pulumi\.prod\.yaml.*a file: dev\."):
        repository.report()


def test_a_program_that_is_new_has_no_other_side(repository: Repository) -> None:
    repository.write(README_dot_md="")
    repository.commit()
    repository.write(infra__Pulumi_dot_yaml=YAML)
    assert "HEAD has no such stack" in repository.report().compared
    assert len(repository.asked) == 1


@pytest.mark.parametrize(
    "file", ["infra/requirements.txt", "uv.lock", "pyproject.toml", "infra/Pulumi.yaml"]
)
def test_that_both_ran_with_what_is_installed_now_is_said_where_it_matters(
    repository: Repository, file: str
) -> None:
    python(repository)
    repository.commit()
    path = repository.top / file
    path.write_text((path.read_text() if path.exists() else "") + "# another\n")
    (line,) = (each for each in repository.report().unknown if OTHER_PACKAGES in each)
    assert f"installed now, such as cube-access {__version__}" in line


@pytest.mark.parametrize("text", [YAML, PYTHON + "main: src\n"])
def test_where_only_the_switch_keeps_providers_quiet_the_report_says_so(
    repository: Repository, text: str
) -> None:
    repository.write(infra__Pulumi_dot_yaml=text)
    repository.commit()
    found = repository.report()
    assert any(PROVIDERS in each for each in found.unknown)
    assert "nobody was asked" not in found.compared


def test_a_changed_pack_is_compared_with_that_of_before(repository: Repository) -> None:
    python(repository)
    repository.write(
        rules__PulumiPolicy_dot_yaml="runtime: python\n", rules__config__prod_dot_json="{}"
    )
    repository.commit()
    pack = repository.top / "rules"
    repository.report(pack=pack)
    assert [judge for _, judge, _ in repository.asked].count(None) == 1, "one side is judged"
    assert len(repository.asked) == 2
    repository.asked.clear()
    repository.write(rules__config__prod_dot_json='{"weaker": true}')
    repository.report(pack=pack)
    judged = {(judge, config) for _, judge, config in repository.asked if judge}
    assert (pack, pack / "config/prod.json") in judged
    (former,) = judged - {(pack, pack / "config/prod.json")}
    assert former[0].name == "rules"
    assert former[1] == former[0] / "config/prod.json"


def test_a_configuration_that_goes_with_the_change_still_judges(repository: Repository) -> None:
    python(repository)
    repository.write(
        infra__policies__PulumiPolicy_dot_yaml="runtime: python\n",
        infra__policies__config__prod_dot_json="{}",
    )
    repository.commit()
    (repository.program / "policies/config/prod.json").unlink()
    repository.report()
    configs = [config for _, judge, config in repository.asked if judge]
    assert sorted(config.name if config else "" for config in configs) == ["", "prod.json"]


class TestProject:
    """The throw-away folder that the engine works in."""

    def project(self, repository: Repository, tmp_path: Path) -> tuple[Path, list[str]]:
        tree = offline.checkout(repository.program)
        project = offline._project(tree, tmp_path / "away", "prod", tree)
        return project, offline._without_secrets_of(tree, project, "prod")

    def test_relative_paths_of_the_program_lead_where_they_did(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        repository.write(infra__Pulumi_dot_yaml=YAML, package__PulumiPlugin_dot_yaml="x")
        project, _ = self.project(repository, tmp_path)
        assert (project / "Pulumi.yaml").read_text() == YAML
        assert (project / "../package/PulumiPlugin.yaml").read_text() == "x"
        assert not (project.parent / ".git").exists()

    def test_a_python_program_runs_inside_of_ours_with_its_virtualenv(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        python(repository)
        (repository.top / "venv/bin").mkdir(parents=True)
        project, _ = self.project(repository, tmp_path)
        assert "unconfigured" in (project / "__main__.py").read_text()
        assert (project / "../venv/bin").is_dir()

    def test_a_revision_has_the_virtualenv_of_now(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        python(repository)
        repository.commit()
        (repository.top / "venv/bin").mkdir(parents=True)
        now = offline.checkout(repository.program)
        with offline.revision(now, "HEAD") as was:
            project = offline._project(was, tmp_path / "away", "prod", now)
            assert (project / "../venv/bin").is_dir()

    def test_no_ciphertext_gets_there(self, repository: Repository, tmp_path: Path) -> None:
        python(repository)
        text = "encryptionsalt: v1:x\nconfig:\n  shop:a: {secure: v1:ciphertext}\n  shop:b: c\n"
        repository.write(infra__Pulumi_dot_prod_dot_yaml=text)
        project, paths = self.project(repository, tmp_path)
        written = (project / "Pulumi.prod.yaml").read_text()
        assert paths == ["shop:a"]
        assert "v1:" not in written
        assert "shop:b: c" in written

    def test_a_file_that_is_none_of_a_stacks_is_said(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        python(repository)
        repository.write(infra__Pulumi_dot_prod_dot_yaml="config: [1]\n")
        with pytest.raises(ReportError, match=r"Pulumi\.prod\.yaml is not a stack's file"):
            self.project(repository, tmp_path)


def test_a_revision_with_the_packages_own_source_runs_with_that(tmp_path: Path) -> None:
    now = offline.checkout(Path(__file__).resolve().parents[3])
    assert now.own_package == Path("components")
    was = Tree(tmp_path / "revision")
    was.top.mkdir()
    (was.top / "Pulumi.yaml").write_text(PYTHON)
    (was.top / "__main__.py").write_text("")
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    assert "CUBE_ACCESS_OFFLINE_PACKAGE" not in offline._environment(tmp_path / "without", was, now)
    (was.top / "components/cube_access").mkdir(parents=True)
    environment = offline._environment(tmp_path / "with", was, now)
    assert environment["CUBE_ACCESS_OFFLINE_PACKAGE"] == str(was.top / "components")
