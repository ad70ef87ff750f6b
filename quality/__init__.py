"""What judges: evaluation of search and the recipe of the shipped models."""
