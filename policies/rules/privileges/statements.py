"""Raw SQL: what is not recognised is refused. Grants in it are judged by the rules about grants."""

from __future__ import annotations

import re

from .. import grants, sql
from ..kinds import STATEMENTS, databricks, snowflake
from ..rule import CRITICAL, Judged, Report, Rule

# Code that the warehouse runs later. It may write data, which is its business, but not rights.
BODIES = snowflake(
    "Alert",
    "Task",
    "Procedure",
    "ProcedureSql",
    "ProcedureJava",
    "ProcedureJavascript",
    "ProcedurePython",
    "ProcedureScala",
)
BODY = ("sqlStatement", "statement", "procedureDefinition", "action", "condition")
# Queries that people run from a list. There GRANT must begin a statement: what stands in a literal
# is looked for, and not run.
QUERIES = databricks("AlertV2", "Query", "SqlQuery", "SqlTable", "Table") | snowflake(
    "CortexSearchService",
    "DynamicTable",
    "FunctionJava",
    "FunctionJavascript",
    "FunctionPython",
    "FunctionScala",
    "FunctionSql",
    "MaterializedView",
    "Pipe",
    "View",
)
QUERY = ("queryText", "query", "statement", "copyStatement", "functionDefinition", "viewDefinition")
GAP = r"(?:\s|/\*.*?\*/|(?:--|//)[^\n]*\n)+"
MAKING = (
    rf"(?:create|alter|drop){GAP}(?:or{GAP}replace{GAP})?"
    rf"(?:(?:managed{GAP}|organization{GAP})?account|user|(?:database{GAP})?role|share|connection"
    rf"|(?:network|authentication|session|password|masking|row{GAP}access){GAP}policy"
    rf"|network{GAP}rule|(?:external{GAP})?listing|(?:failover|replication){GAP}group"
    rf"|(?:(?:security|storage|api|external{GAP}access|notification){GAP})?integration)"
    rf"|(?:unset|drop(?:{GAP}all)?){GAP}(?:masking|row{GAP}access){GAP}polic(?:y|ies)"
    rf"|enable{GAP}(?:replication|failover)|disable{GAP}managed{GAP}access"
    rf"|system\$generate_scim_access_token"
)
GRANTING = re.compile(rf"\b(?:grant|revoke|{MAKING})\b", re.IGNORECASE | re.DOTALL)
# In code the word alone is often a value or a name: a statement goes on to an object or a grantee,
# or is put together from parts.
IN_CODE = re.compile(
    rf"\b(?:(?:grant|revoke)(?:{GAP}[^;'`]{{1,400}}?\b(?:on|to|from)\b"
    rf"|\s[\w\s,.]{{0,80}}['\"`]\s*(?:\|\||\+|%|\.format|,|\))|['\"`]\s*(?:\|\||\+)"
    rf"|{GAP}[{{$&:%])|{MAKING}\b)",
    re.IGNORECASE | re.DOTALL,
)
# Lines that are nothing else.
REMARKS = re.compile(r"^\s*(?:--|//|#).*$", re.MULTILINE)


def _statements_known(judged: Judged, report: Report) -> None:
    if judged.kind in BODIES:
        for key in BODY:
            with judged.later():
                body = REMARKS.sub("", judged.props.get(key) or "")
                found = IN_CODE.search(body)
                if found and (verb := GRANTING.search(found[0])):
                    beginning = re.sub(GAP, " ", verb[0], flags=re.DOTALL).upper()
                    report(f"{key} has {beginning}: it grants out of sight of a preview.")
        return
    if judged.kind in QUERIES:
        for key in QUERY:
            with judged.later():
                for words in sql.beginnings(judged.props.get(key) or ""):
                    if GRANTING.match(words):
                        report(f"{key} runs {words} …: it grants out of sight of a preview.")
        return
    for key, said in grants.statements(judged):
        if isinstance(said, sql.NotKnown):
            report(
                f"{key} runs {said.beginning or 'a statement'} …, which no other rule can judge."
            )
        elif key == "query" and not isinstance(said, sql.Looks):
            report("query does more than look, and it is run by every refresh.")


RULES = [
    Rule(
        name="statements-known",
        description="Raw SQL only reads, grants what may be granted, or renews a client secret.",
        why="A statement can do anything that the deployer may, and a preview shows a string.",
        fix="Use the resource that is made for it.",
        url="https://www.pulumi.com/registry/packages/snowflake/api-docs/execute/",
        severity=CRITICAL,
        kinds=STATEMENTS | BODIES | QUERIES,
        check=_statements_known,
        references=[("NIST 800-53", "AC-6")],
    ),
]
