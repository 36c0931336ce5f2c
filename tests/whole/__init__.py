"""Tests of the whole: the guide, real programs, the real smtplib beside the fake."""
