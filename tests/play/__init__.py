"""Tests of how the script is played."""
