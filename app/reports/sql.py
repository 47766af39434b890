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


class Calendar:
    """Days as rows of a query, numbered from 0: joined to a moment's column they are one index walk a day."""

    def __init__(self, days: Sequence[Day]) -> None:
        columns = (sa.column("n", sa.Integer()), sa.column("start", Moment()), sa.column("finish", Moment()))
        rows = [(n, day.start, day.end) for n, day in enumerate(days)]
        self.rows = sa.values(*columns, name="days").data(rows).cte("days")
        self.n = self.rows.c.n
        self._start, self._end = days[0].start, days[-1].end

    def holds(self, moment: Any) -> sa.ColumnElement[bool]:
        """The moment lies in the row's day."""
        return sa.and_(moment >= self.rows.c.start, moment < self.rows.c.finish)

    def whole(self, moment: Any) -> sa.ColumnElement[bool]:
        """The moment lies in the period: said beside `holds`, it tells a planner how few rows to expect."""
        return sa.and_(moment >= self._start, moment < self._end)
