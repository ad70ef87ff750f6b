"""Runs migrations on the connection that `catalogue.connection.migrate` hands in."""

from alembic import context

from catalogue.tables import Row

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Row.metadata, render_as_batch=True, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
