"""Tests of what is beside the code: docs, layout, types."""
