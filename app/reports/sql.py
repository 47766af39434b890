"""Two pieces of SQL that both databases write differently: days of a calendar, and seconds between moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db import Moment
from app.reports.period import Day


class seconds(FunctionElement[int]):
    """Whole seconds from the second argument to the first."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(seconds, "sqlite")
def _on_sqlite(element: seconds, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({later} - {earlier}) / 1000000)"


@compiles(seconds, "postgresql")
def _on_postgresql(element: seconds, compiler: Any, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM ({later} - {earlier}))) AS BIGINT)"


def calendar(days: Sequence[Day]) -> sa.CTE:
    """Days as rows (n, start, finish), n counting from 0: joined to a moment's column it is one index walk a day."""
    columns = (sa.column("n", sa.Integer()), sa.column("start", Moment()), sa.column("finish", Moment()))
    rows = [(n, day.start, day.end) for n, day in enumerate(days)]
    return sa.values(*columns, name="days").data(rows).cte("days")
