"""The picture: who reaches what through which role, as SVG.

Three columns: identities, roles, securables. With more securables than a page has room for, those
that are alike and in the same catalog or database become one node with their number. What changes
stays single as long as it can, stands above what is kept, and shows which privilege changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from cube_access.report.matrix import SIGNS, Line, lines, parts
from cube_access.report.model import Report, Status

Cell = tuple[Status, str]

SINGLE = 24  # securables that each have a node of their own
KEPT = 4  # kept ones that have one, beside what changes
WIDTH, HEIGHT, GAP, TOP = 1080, 46, 12, 40
COLUMNS = ((0, 250), (330, 250), (680, 400))  # where each begins, and how wide its nodes are
INSET = 42  # of a node's width, for the sign and the margins
TITLE_LETTER, NOTE_LETTER = 9.2, 7.0  # the widest that a letter gets on average


@dataclass
class Node:
    title: str
    note: str
    """Its kind."""
    status: str
    cells: list[Cell] = field(default_factory=list)
    """Privileges on it, with what becomes of each."""
    y: float = 0.0

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """What stands under the title, and what becomes of each piece: changes first."""
        listed = sorted(dict.fromkeys(self.cells), key=lambda cell: cell[0] == "kept")
        shown = [
            (name if status == "kept" else f"{SIGNS[status]}{name}", status)
            for status, name in listed
        ]
        return [(f"{self.note}:" if shown else self.note, "kept"), *shown]


@dataclass
class Picture:
    columns: tuple[dict[str, Node], dict[str, Node], dict[str, Node]] = field(
        default_factory=lambda: ({}, {}, {})
    )
    edges: dict[tuple[int, str, int, str], str] = field(default_factory=dict)

    def node(
        self, column: int, key: str, title: str, note: str, status: str, cells: Sequence[Cell] = ()
    ) -> None:
        known = self.columns[column].setdefault(key, Node(title, note, status))
        known.status = _both(known.status, status)
        known.cells += cells

    def edge(self, start: tuple[int, str], end: tuple[int, str], status: str) -> None:
        key = (*start, *end)
        self.edges[key] = _both(self.edges.get(key, status), status)


def _both(one: str, other: str) -> str:
    return one if one == other else "changed"


def render(report: Report) -> str:
    """The SVG element; empty where nobody holds anything."""
    every = lines(report)
    if not every:
        return ""
    picture = Picture()
    groups = _groups(every)
    for line in every:
        key, title = groups[line]
        picture.node(2, key, title, line.kind, line.status, line.cells)
        kind, name = parts(line.identity)
        picture.node(0, line.identity, name, kind, line.status)
        last = (0, line.identity)
        for role in line.via:
            kind, name = parts(role)
            picture.node(1, role, name, kind, line.status)
            if last != (1, role):
                picture.edge(last, (1, role), line.status)
            last = (1, role)
        picture.edge(last, (2, key), line.status)
    return _svg(picture)


def _privileges(line: Line) -> str:
    cells = [
        (SIGNS[status] if line.status == "changed" else "") + name for status, name in line.cells
    ]
    return ", ".join(cells)


def _groups(every: Iterable[Line]) -> dict[Line, tuple[str, str]]:
    """For each line the key and the title of its securable's node."""
    listed = list(every)
    securables = {(line.kind, line.securable) for line in listed}
    changed = {(line.kind, line.securable) for line in listed if line.status != "kept"}
    crowded = len(securables - changed) > (KEPT if changed else SINGLE)
    alone = securables if not crowded and len(securables) <= SINGLE else set()
    if not alone and len(changed) <= SINGLE // 2:
        alone = changed
    alike: dict[tuple[str, str, str, str, str], set[str]] = {}
    keys = {}
    for line in listed:
        if (line.kind, line.securable) not in alone:
            parent = line.securable.split(".")[0] if "." in line.securable else ""
            keys[line] = (line.kind, parent, _privileges(line), line.status, line.identity)
            alike.setdefault(keys[line], set()).add(line.securable)
    found = {}
    for line in listed:
        key = keys.get(line)
        if key is None or len(alike[key]) == 1:
            found[line] = (f"{line.kind} {line.securable}", line.securable)
        else:
            kinds = f"{line.kind.replace(' or ', 's or ')}s"
            where = f" in {key[1]}" if key[1] else ""
            found[line] = ("\n".join(key), f"{len(alike[key])} {kinds}{where}")
    return found


def _svg(picture: Picture) -> str:
    reached = picture.columns[2]
    first = sorted(reached, key=lambda key: reached[key].status == "kept")
    picture.columns = (*picture.columns[:2], {key: reached[key] for key in first})
    tallest = max(len(column) for column in picture.columns)
    height = TOP + tallest * (HEIGHT + GAP)
    for column in picture.columns:
        space = (height - TOP) / max(1, len(column))
        for index, node in enumerate(column.values()):
            node.y = TOP + space * index + (space - HEIGHT) / 2
    heads = zip(COLUMNS, ("identity", "role", "securable"), picture.columns, strict=True)
    drawn = [
        f'<svg viewBox="-4 0 {WIDTH + 8} {height:.0f}" role="img" '
        'aria-label="Who reaches what through which role">'
    ]
    drawn += [
        f'<text class="head" x="{x + 2}" y="20">{title}</text>'
        for (x, _), title, nodes in heads
        if nodes
    ]
    for (c1, k1, c2, k2), status in picture.edges.items():
        start, end = picture.columns[c1][k1], picture.columns[c2][k2]
        x1, y1 = sum(COLUMNS[c1]), start.y + HEIGHT / 2
        x2, y2 = COLUMNS[c2][0], end.y + HEIGHT / 2
        if c1 == c2:  # a role of a role: around the outside
            x2 = x1
        bend = max(40, abs(x2 - x1) / 2)
        back = x2 + bend if c1 == c2 else x2 - bend
        drawn.append(
            f'<path class="edge {status}" d="M{x1} {y1:.1f} C{x1 + bend:.0f} {y1:.1f} '
            f'{back:.0f} {y2:.1f} {x2} {y2:.1f}"/>'
        )
    for (x, width), nodes in zip(COLUMNS, picture.columns, strict=True):
        drawn += [_node(x, width, node) for node in nodes.values()]
    return "".join([*drawn, "</svg>"])


def _node(x: int, width: int, node: Node) -> str:
    full = escape("\n".join([node.title, *(text for text, _ in node.pieces)]))
    title = escape(_cut(node.title, (width - INSET) / TITLE_LETTER))
    note = _note(node.pieces, int((width - INSET) / NOTE_LETTER))
    return (
        f'<g class="node {node.status}"><title>{full}</title>'
        f'<rect x="{x}" y="{node.y:.1f}" width="{width}" height="{HEIGHT}" rx="7"/>'
        f'<text class="sign" x="{x + 12}" y="{node.y + 20:.1f}">{SIGNS[node.status]}</text>'
        f'<text class="title" x="{x + 30}" y="{node.y + 20:.1f}">{title}</text>'
        f'<text class="note" x="{x + 30}" y="{node.y + 37:.1f}">{note}</text></g>'
    )


def _note(pieces: Sequence[tuple[str, str]], room: int) -> str:
    """As many pieces as fit, each in the colour of what becomes of it."""
    drawn: list[str] = []
    for index, (text, status) in enumerate(pieces):
        comma = "," if 0 < index < len(pieces) - 1 else ""
        rest = 2 if index < len(pieces) - 1 else 0  # for what says that there is more
        if len(text) + len(comma) + rest > room:
            drawn.append(f"<tspan>{escape(_cut(text, room - rest)) if index == 0 else '…'}</tspan>")
            break
        room -= len(text) + len(comma) + 1
        drawn.append(f'<tspan class="{status}">{escape(text)}</tspan>{comma}')
    return " ".join(drawn)


def _cut(text: str, room: float) -> str:
    """A text that fits. Its end tells names apart, so the middle goes."""
    line, letters = " ".join(text.split()), int(room)
    if len(line) <= letters:
        return line
    return f"{line[: letters // 3]}…{line[len(line) - letters + letters // 3 + 1 :]}"
