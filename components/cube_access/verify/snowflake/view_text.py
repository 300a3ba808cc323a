"""What the statement of a view names: relations, functions and stages.

Owns the reading of the text. It is no parser of SQL: it knows where a relation can stand (after
FROM, JOIN and TABLE, in a list of those, and in IDENTIFIER), and takes in doubt a name for one.
What of it is declared is `relations.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cube_access.facts.identifiers import PART, QUOTED, parse

Name = tuple[str, ...]
_DOT = r"\s*\.\s*(?:\.\s*)?"
"""Of two dots in a row Snowflake reads the schema PUBLIC between them.

https://docs.snowflake.com/en/sql-reference/name-resolution
"""
_NAME = rf"(?:{PART.pattern})(?:{_DOT}(?:{PART.pattern}))*"
_TEXT = r"'(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$"
_COMMENT = re.compile(rf"({QUOTED}|{_TEXT})|--[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(
    # With (+) an outer join is written: no call.
    rf"(?P<skip>\d[\w.]*|\(\s*\+\s*\))|(?P<text>{_TEXT})"
    rf"|@(?P<stage>[~%]|{_NAME})|(?P<name>{_NAME})|(?P<mark>[(),;!])",
    re.DOTALL,
)
_BEGINS = {"FROM", "JOIN"}
_STAYS = {"LATERAL", "TABLE", "ONLY"}
"""Between these and the relation nothing else stands."""
_ENDS = {"SELECT", "WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "UNION", "INTERSECT", "EXCEPT",
         "MINUS", "CONNECT"}  # fmt: skip
"""Not LIMIT, FETCH, START and WINDOW, which may be aliases. Their clauses need not end a list: the
only comma that may follow in one stands before another window's name.
"""
_HOLDS = {"TABLE", "IDENTIFIER", "SEMANTIC_VIEW"}
"""Of what looks like a function: in its brackets stands a relation."""
_OTHER_FROM = {"EXTRACT", "TRIM", "SUBSTRING", "OVERLAY"}
"""Functions whose FROM begins no list of relations."""


@dataclass
class Named:
    """By a statement, as it is written: a name of one or two parts lacks what is before it."""

    relations: set[Name] = field(default_factory=set)
    calls: set[Name] = field(default_factory=set)
    """Functions, the warehouse's own among those of one part."""
    stages: set[Name] = field(default_factory=set)
    anywhere: set[Name] = field(default_factory=set)
    """Every name, wherever it stands: columns, aliases and keywords, too."""
    computed: bool = False
    """Whether a name is put together when the view runs."""


@dataclass
class _Brackets:
    """A pair of them, and where in it the reading is."""

    opened_by: str = ""
    in_from: bool = False
    expects: bool = False
    """Whether a name that comes next is a relation."""


@dataclass(frozen=True)
class _Token:
    kind: str
    name: Name = ()
    word: str = ""
    """In upper case; of a name in quotes, or of more than one part, empty."""


def named(statement: str) -> Named:
    tokens = [*_query(list(_tokens(statement))), _Token("end")]
    found, common = Named(), _common(tokens)
    stack = [_Brackets()]
    for number, token in enumerate(tokens[:-1]):
        before, after = tokens[number - 1] if number else _Token("end"), tokens[number + 1]
        here = stack[-1]
        match token.kind:
            case "stage":
                found.stages.add(token.name)
                here.expects = False
            case "text":
                _text(token, here, found)
            case "(":
                stack.append(_opened(before, here))
                here.expects = False
            case ")":
                stack = stack[:-1] or [_Brackets()]
            case ",":
                here.expects = here.in_from
            case "name":
                found.anywhere.add(token.name)
                if not _keyword(token, before, after, here):
                    _name(token, after, here, found, is_common=number in common)
    return found


def _tokens(statement: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(_COMMENT.sub(lambda found: found[1] or " ", statement)):
        kind = str(match.lastgroup)
        if kind == "text":
            yield _Token(kind, word=match["text"])
        elif kind == "mark":
            yield _Token(match["mark"])
        elif kind == "stage":
            text = match["stage"]
            yield _Token(kind, (text,) if text in "~%" else _parts(text))
        elif kind == "name":
            name, text = _parts(match["name"]), match["name"]
            yield _Token(kind, name, text.upper() if re.fullmatch(r"[\w$]+", text) else "")


def _parts(text: str) -> Name:
    dots = re.compile(rf"({QUOTED})|\s*\.\s*(\.?)\s*")
    return parse(dots.sub(lambda m: m[1] or (".PUBLIC." if m[2] else "."), text))


def _query(tokens: Sequence[_Token]) -> Sequence[_Token]:
    """What stands behind AS: before it are the view's own name, columns and policies."""
    if not tokens or tokens[0].word != "CREATE":
        return tokens
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.kind, 0)
        if depth == 0 and token.word == "AS":
            return tokens[number + 1 :]
    return tokens


def _common(tokens: Sequence[_Token]) -> set[int]:
    """Where a name is a common table expression's: `NAME AS (`, or `NAME (COLUMN, …) AS (`.

    It is from the recursive clause on, or else behind the expression, to the end of the query. What
    stands before is a relation of that name.
    https://docs.snowflake.com/en/sql-reference/constructs/with
    """
    found = set[int]()
    for number, token in enumerate(tokens):
        if token.word != "AS" or tokens[number + 1].kind != "(":
            continue
        at, depth = number - 1, 0
        while at >= 0 and (depth or tokens[at].kind == ")"):
            depth += {")": 1, "(": -1}.get(tokens[at].kind, 0)
            at -= 1
        if at >= 0 and tokens[at].kind == "name":
            found |= {at, *_meant(tokens, number + 1, tokens[at].name)}
    return found


def _meant(tokens: Sequence[_Token], opening: int, name: Name) -> Iterator[int]:
    """Where `name` is the expression's whose bracket opens there."""
    depth, begun = 0, False
    for number in range(opening, len(tokens)):
        token = tokens[number]
        depth += {"(": 1, ")": -1}.get(token.kind, 0)
        if depth < 0:
            return
        begun = begun or depth == 0 or (depth == 1 and token.word == "UNION")
        if begun and token.name == name:
            yield number


def _opened(before: _Token, outside: _Brackets) -> _Brackets:
    if before.word in _HOLDS:
        return _Brackets(before.word, expects=True)
    # (A JOIN B …) and (SELECT …) alike; the latter ends the expectation by its first word.
    is_call = before.kind == "name" and before.word not in {*_BEGINS, *_STAYS, "AS"}
    inside = outside.expects and not is_call
    return _Brackets(before.word, in_from=inside, expects=inside)


def _keyword(token: _Token, before: _Token, after: _Token, here: _Brackets) -> bool:
    """Whether it is one that says where relations stand."""
    word = token.word
    if word in _BEGINS:
        is_list = here.opened_by not in _OTHER_FROM and before.word != "DISTINCT"
        here.in_from = here.expects = is_list
    elif word in _ENDS:
        here.in_from = here.expects = False
    elif not (word in _STAYS or (word in _HOLDS and after.kind == "(")):
        return False
    return True


def _name(token: _Token, after: _Token, here: _Brackets, found: Named, *, is_common: bool) -> None:
    if after.kind in ("(", "!"):
        found.calls.add(token.name)
    elif here.expects and not is_common:
        found.relations.add(token.name)
    here.expects = False
    if here.opened_by == "IDENTIFIER":
        found.computed = True  # a variable, or an expression


def _text(token: _Token, here: _Brackets, found: Named) -> None:
    """A literal is a name in IDENTIFIER and in TABLE only."""
    if here.opened_by in _HOLDS and here.expects:
        body = token.word.strip("$")
        body = body[1:-1].replace("''", "'") if body[:1] == "'" else body
        try:
            found.relations.add(_parts(body.strip()))
        except ValueError:
            found.computed = True
        here.expects = False
    elif here.opened_by == "IDENTIFIER":
        found.computed = True  # one of several that are put together
