"""How alembic runs one step: on the connection and inside the transaction that `central.store.steps` opened."""

from alembic import context

from central.store.day_tables import registrations
from central.store.health_tables import terminal_health
from central.store.move_tables import moves
from central.store.report_tables import talk_figures
from central.store.watch_tables import listens

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=[*{each.metadata for each in (registrations, listens, moves, talk_figures, terminal_health)}],
    transaction_per_migration=False,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
