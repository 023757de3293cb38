"""Thousands of simulated terminals against central on PostgreSQL: `make fleet`."""
