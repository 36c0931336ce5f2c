"""Tests with very much of everything, and with random programs."""
