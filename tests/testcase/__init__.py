"""Tests of the test case, by running inner ones."""
