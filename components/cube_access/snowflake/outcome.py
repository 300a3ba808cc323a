"""What becomes of a plan's statements: run in its order, and what a refusal of each means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cube_access.snowflake.changes import Change, Plan, instead
from cube_access.snowflake.privileges import Entry
from cube_access.snowflake.session import UNANSWERED, Session, SnowflakeError


@dataclass(frozen=True)
class Outcome:
    """What became of one statement."""

    change: Change
    error: SnowflakeError | None = None

    @property
    def failed(self) -> bool:
        """Whether the run has failed by it. Where the account refuses to take away what was never
        wanted, it has not: every run would.
        """
        if not self.error:
            return False
        return not self.change.extra or self.error.reason in UNANSWERED


def run(found: Session, todo: Plan, progress: Callable[[str], None]) -> list[Outcome]:
    """What became of each statement. Nothing is revoked where something could not be granted."""
    done = 0
    outcomes: list[Outcome] = []

    def step() -> None:
        nonlocal done
        done += 1
        progress(f"{done} of {todo.size} statements")

    for waves in (todo.grants, todo.revokes):
        for wave in waves:
            answers = found.run([each.statement for each in wave], step=step)
            for change, answer in zip(wave, answers, strict=True):
                other = instead(change, str(answer.error)) if answer.error else None
                if other:
                    change, answer = other, found.run([other.statement])[0]
                outcomes.append(Outcome(change, answer.error))
        if any(each.error for each in outcomes):
            break
    return outcomes


def staying(outcomes: Sequence[Outcome], held: Iterable[Entry]) -> dict[str, str]:
    """What was never wanted, and is held although it was to be revoked: its text, and why."""
    found = {}
    tried = [each for each in outcomes if each.change.extra and not each.failed]
    for entry in held:
        for each in tried:
            if each.change.takes(entry):
                why = f"was refused: {each.error}" if each.error else "took nothing away"
                found[entry.text] = (
                    f"it stays, because {each.change.statement} {why}. Whoever granted it has to "
                    "revoke it"
                )
    return found
