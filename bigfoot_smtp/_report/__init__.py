"""How it is told: the errors, the transcripts, the code to paste."""
