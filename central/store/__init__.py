"""What central remembers: tables, and one module of queries for each idea; the same statements on SQLite and PostgreSQL."""
