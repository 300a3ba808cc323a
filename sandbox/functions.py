"""Which functions a statement may call, and which names in it are a WITH's own.

Rows are DuckDB's, and DuckDB has functions that read any table, file or setting whatever its caller
may read. So a statement's tree may hold the functions below, and the rest is refused by name. How
a warehouse words that is its own.
"""

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

AGGREGATES = """
    AnyValue ApproxDistinct ApproxQuantile ArgMax ArgMin ArrayAgg Avg Corr Count CountIf CovarPop
    CovarSamp CumeDist DenseRank First FirstValue GroupConcat Grouping GroupingId Lag Last LastValue
    Lead LogicalAnd LogicalOr Max Median Min Mode NthValue Ntile PercentRank PercentileCont
    PercentileDisc Quantile Rank RowNumber Stddev StddevPop StddevSamp Sum Variance VariancePop
"""
VALUES = """
    And Case Cast Coalesce DecodeCase EqualNull Exists Greatest If IsNan Least Nullif Nvl2 Or
    TryCast Typeof Xor ToBoolean ToDouble ToNumber ToChar Uuid
    Abs Acos Asin Atan Atan2 Cbrt Ceil Cos Cot Degrees Exp Factorial Floor Ln Log Pi Pow Radians
    Rand Round SafeDivide Sign Sin Sqrt Tan Trunc
    Ascii Chr Concat ConcatWs Contains EndsWith Initcap Left Length Levenshtein Lower MD5 Pad
    RegexpExtract RegexpLike RegexpReplace Repeat Replace Reverse Right SHA SHA2 Space Split
    SplitPart StartsWith StrPosition Substring Translate Trim Upper
    Array ArrayContains ArraySize ArrayToString GetExtract JSONExtract JSONExtractScalar JSONFormat
    JSONObject Map ParseJSON Struct
"""
TIMES = """
    AddMonths ConvertTimezone CurrentDate CurrentTime CurrentTimestamp Date DateAdd DateDiff
    DateFromParts DateSub DateTrunc Day DayOfMonth DayOfWeek DayOfYear Dayname Extract Hour LastDay
    Localtime Localtimestamp Minute Month Monthname MonthsBetween Quarter Second StrToDate StrToTime
    StrToUnix TimeStrToTime TimeToStr TimeToUnix Timestamp TimestampAdd TimestampDiff TimestampSub
    TimestampTrunc TsOrDiToDi TsOrDsAdd TsOrDsDiff TsOrDsToDate TsOrDsToDateStr TsOrDsToTime
    TsOrDsToTimestamp UnixSeconds UnixToStr UnixToTime Week WeekOfYear Year
"""
ROWS = "Explode GenerateSeries Posexplode Unnest"

TYPED = frozenset(f"{AGGREGATES} {VALUES} {TIMES} {ROWS}".split())
"""Those that the parser knows: its classes' names."""

# Statements inside a statement, which have no privileges of their own, settings, and GLOB.
STATEMENTS = (
    exp.Alter, exp.Analyze, exp.Attach, exp.Command, exp.Copy, exp.Describe, exp.Detach, exp.Export,
    exp.Glob, exp.Kill, exp.LoadData, exp.Pragma, exp.SessionParameter, exp.Set, exp.Show,
    exp.Summarize, exp.Use,
)  # fmt: skip


# DuckDB's own, which the parser takes in every dialect.
FOREIGN = (exp.Columns, exp.ReadCSV, exp.ReadParquet)


def parse_all(sql: str, dialect: str) -> list[exp.Expr]:
    """The statements in it. Raises SqlglotError, whatever the parser stumbles over."""
    try:
        return [one for one in sqlglot.parse(sql, dialect=dialect) if one is not None]
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        # A call with too few arguments, which the parser's builders do not look at.
        raise ParseError(f"{type(error).__name__}: {error}") from error


class UnknownFunctionError(Exception):
    """`in_from`: where a table stands."""

    def __init__(self, name: str, *, in_from: bool) -> None:
        super().__init__(name)
        self.name, self.in_from = name, in_from


def check_functions(tree: exp.Expr, named: frozenset[str], rows: frozenset[str]) -> None:
    """Raises UnknownFunctionError for the first that is neither in TYPED nor, in lower case, in
    `named`; `rows` are those that stand where a table does. NotImplementedError: the warehouse has
    it, and it is not emulated.
    """
    for node in tree.walk():
        if isinstance(node, STATEMENTS):
            raise NotImplementedError(node.sql()[:80])
        if not isinstance(node, exp.Func):
            continue
        name, above = called(node), node.parent
        in_from = isinstance(above, exp.Table | exp.TableFromRows | exp.Lateral)
        # A name with dots is a function of the user's making, of which there are none.
        dotted = isinstance(above, exp.Dot) or (isinstance(above, exp.Table) and bool(above.db))
        known = name.lower() in (rows if in_from else named) and not dotted
        if not known and isinstance(node, (exp.Anonymous, *FOREIGN)):
            raise UnknownFunctionError(name, in_from=in_from)
        if not known and (in_from or type(node).__name__ not in TYPED):
            raise NotImplementedError(f"the function {name}")


def called(node: exp.Func) -> str:
    """As it is known to its users."""
    return str(node.name) if isinstance(node, exp.Anonymous) else str(node.sql_name())


def is_with_name(table: exp.Table) -> bool:
    """Whether a WITH that the table stands under makes this name.

    By scope: a WITH in one part of a statement must not hide that another part means a table.
    """
    if table.db or table.catalog:
        return False
    node: exp.Expr = table
    while parent := node.parent:
        visible: list[exp.Expr] = []
        if isinstance(parent, exp.With):
            before = next(n for n, one in enumerate(parent.expressions) if one is node)
            visible = parent.expressions[: before + bool(parent.args.get("recursive"))]
        elif (made := parent.args.get("with_")) and made is not node:
            visible = made.expressions
        if any(one.alias.lower() == table.name.lower() for one in visible):
            return True
        node = parent
    return False
