"""A report as plain text, for a terminal or a letter."""

from central.staff.report_parts import TableView
from central.staff.report_view import ReportView

GAP = "  "


def as_text(period: str, view: ReportView) -> str:
    """The large figures, what is to be known about them, and every table."""
    facts = [
        " ".join(part for part in (f"{fact.name}:", fact.value, fact.unit, f"({fact.detail})") if part)
        for fact in view.facts
    ]
    tables = [*view.tables, *(each.table for each in view.plots)]
    return "\n\n".join([period, "\n".join(facts), *view.notes, *(_table(table) for table in tables)])


def _table(table: TableView) -> str:
    if not table.rows:
        return f"{table.head}\n{table.none}"
    rows = [(table.first, *table.columns), *((row.name, *row.cells) for row in table.rows)]
    if table.sums is not None:
        rows.append((table.sums.name, *table.sums.cells))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        GAP.join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return "\n".join([table.head, *(line.rstrip() for line in lines)])
