"""Snowflake's words: from the text of a statement to names, values and properties.

Owns the tokens and the reading of what every statement is made of. Queries are sqlglot's.
"""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.snowflake.errors import SqlError, compilation
from sandbox.snowflake.securables import dotted

TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<name>"(?:[^"]|"")*")
    |(?P<text>'(?:[^'\\]|''|\\.)*'|\$\$.*?\$\$)
    |(?P<number>-?\d+(?:\.\d+)?(?![\w$]))
    |(?P<word>[A-Za-z_][\w$]*)
    |(?P<mark>=>|.)""",
    re.VERBOSE | re.DOTALL,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
WORDS: dict[str, Any] = {"TRUE": True, "FALSE": False, "NULL": None}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    """Unquoted; words are in upper case."""


def tokens(sql: str) -> list[Token]:
    found = []
    for match in TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        if kind == "name":
            text = text[1:-1].replace('""', '"')
        elif kind == "text":
            text = unquoted_text(text)
        elif kind == "word":
            text = text.upper()
        if kind != "space":
            found.append(Token(kind, text))
    while found and found[-1] == Token("mark", ";"):
        found.pop()
    return found


def unquoted_text(text: str) -> str:
    if text.startswith("$$"):
        return text[2:-2]
    pairs = re.sub("''", r"\\'", text[1:-1])
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), pairs, flags=re.DOTALL)


class Reader:
    """A position in a statement's tokens."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._tokens = tokens(sql)
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._tokens)

    def peek(self, ahead: int = 0) -> Token:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else Token("end", "")

    def at(self, words: str) -> bool:
        wanted = words.split()
        return all(
            self.peek(n).text == word and self.peek(n).kind in ("word", "mark")
            for n, word in enumerate(wanted)
        )

    def take(self, words: str) -> bool:
        """Step over these words or marks, if they are next."""
        here = self.at(words)
        self._at += len(words.split()) if here else 0
        return here

    def expect(self, words: str) -> None:
        if not self.take(words):
            raise self.unexpected()

    def one_of(self, *choices: str) -> str:
        """The first of these that is next, and past it."""
        for words in choices:
            if self.take(words):
                return words
        raise self.unexpected()

    def unexpected(self) -> SqlError:
        near = self.peek().text or "<EOF>"
        return compilation(f"syntax error line 1 at position 0 unexpected '{near}'.")

    def finish(self) -> None:
        if not self.ended:
            raise self.unexpected()

    def step(self) -> Token:
        token = self.peek()
        self._at += 1
        return token

    def word(self) -> str:
        if self.peek().kind != "word":
            raise self.unexpected()
        return self.step().text

    def text(self) -> str:
        if self.peek().kind != "text":
            raise self.unexpected()
        return self.step().text

    def whole_number(self) -> int:
        if not self.peek().text.isdigit():
            raise self.unexpected()
        return int(self.step().text)

    def name(self) -> tuple[str, ...]:
        parts = [self._name_part()]
        while self.take("."):
            parts.append(self._name_part())
        return tuple(parts)

    def _name_part(self) -> str:
        if self.take("IDENTIFIER ("):
            inner = Reader(self.text())
            self.expect(")")
            return inner._name_part()
        if self.peek().kind not in ("name", "word"):
            raise self.unexpected()
        return self.step().text

    def value(self) -> Any:
        """Text, a number, a boolean, a name (one part: exact; more: as written), a list, or what is
        `(KEY = value ...)`.
        """
        token = self.peek()
        if self.take("("):
            if self.peek().kind == "word" and self.peek(1).text == "=":
                inner = self.properties()
                self.expect(")")
                return inner
            return self._rest_of_list()
        if token.kind == "text":
            return self.step().text
        if token.kind == "number":
            return float(self.step().text) if "." in token.text else int(self.step().text)
        if token.kind == "word" and token.text in WORDS:
            return WORDS[self.step().text]
        name = self.name()
        return name[0] if len(name) == 1 else dotted(name)

    def _rest_of_list(self) -> tuple[str, ...]:
        found: list[str] = []
        while not self.take(")"):
            if self.ended:
                raise self.unexpected()
            found.append(str(self.value()))
            self.take(",")
        return tuple(found)

    def properties(self) -> dict[str, Any]:
        """`KEY = value`, as long as there are any, with or without commas."""
        found = {}
        while self.peek().kind == "word" and self.peek(1).text == "=":
            key = self.word()
            self.expect("=")
            found[key] = self.value()
            self.take(",")
        return found

    def rest(self) -> list[str]:
        """The remaining words, each once, commas dropped."""
        left = [t.text for t in self._tokens[self._at :] if t.text != ","]
        self._at = len(self._tokens)
        return left
