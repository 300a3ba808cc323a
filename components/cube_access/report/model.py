"""The report, as data: what `--json` writes and both pages are made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["added", "removed", "kept"]
VERSION = 1


@dataclass(frozen=True, order=True)
class Privilege:
    """A line of the matrix."""

    identity: str
    via: tuple[str, ...]
    """The roles that it comes through."""
    kind: str
    securable: str
    privilege: str
    scope: str
    option: bool
    status: Status


@dataclass(frozen=True, order=True)
class Reach:
    """What a privilege reaches beyond the securable that it names."""

    identity: str
    text: str
    status: Status


@dataclass(frozen=True)
class Disruption:
    """Something that somebody will notice."""

    what: str
    how: Literal["replaced", "removed"]
    hit: str
    because: tuple[str, ...] = ()
    protected: bool = False


@dataclass(frozen=True, order=True)
class Setting:
    """A setting of sign-in, network, credential, store or warehouse."""

    subject: str
    label: str
    before: str
    """Empty: the subject is new."""
    after: str
    new: bool = False


@dataclass(frozen=True, order=True)
class Verdict:
    rule: str
    level: str
    message: str
    resource: str


@dataclass
class Report:
    """All of it. Texts are plain: whoever renders them escapes them."""

    stack: str
    compared: str
    """What with what, for people."""
    made_by: list[str] = field(default_factory=list)
    """What changes, too, of the code that this report is made by: folders and files."""
    let_through: list[Verdict] = field(default_factory=list)
    """What the policy pack as it was would refuse, and as it is proposed does not."""
    stops: list[str] = field(default_factory=list)
    """Why it cannot be applied."""
    disruptions: list[Disruption] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    """What is held otherwise than was declared, as far as the plugin or a refresh saw it."""
    judged: bool = False
    """Whether a policy pack looked on."""
    privileges: list[Privilege] = field(default_factory=list)
    reach: list[Reach] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    cube_py: list[str] = field(default_factory=list)
    """A unified diff; one line that says so where it is new or gone."""
    configuration: list[Setting] = field(default_factory=list)
    resources: dict[str, list[str]] = field(default_factory=dict)
    """By what happens to them."""
    warnings: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """What this report cannot know."""

    def document(self) -> dict[str, Any]:
        return {"version": VERSION, **asdict(self)}

    @property
    def violations(self) -> list[Verdict]:
        return [each for each in self.verdicts if each.level == "mandatory"]

    def count(self, status: Status) -> int:
        return sum(each.status == status for each in self.privileges)
