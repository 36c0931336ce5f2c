"""Tests of the commands, their arguments, the replies and the state machines."""
