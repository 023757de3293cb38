"""What central answers, by who asks."""
