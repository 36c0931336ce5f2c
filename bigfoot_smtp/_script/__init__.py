"""What a test expects and what happened, as data."""
