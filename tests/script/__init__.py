"""Tests of what a test expects and what happened."""
