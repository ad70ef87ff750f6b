"""What is kept: SQL, the one truth that every index is derived from."""
