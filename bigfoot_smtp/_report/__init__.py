"""How the user is told: the errors, the transcripts, the code to paste.

- ``base.py``: the base of all errors.
- ``wording.py``: plurals, lists, indentation, what follows from what.
- ``steps.py``: the lines to paste that script a step or a delivery, and what to change there.
- ``code.py``: those that assert an interaction.
- ``imports.py``: the imports that such code needs.
- ``unsent.py``: what was not sent, or raised before it was.
- ``hints.py``: the line to type next, and what smtplib itself refused.
- ``faults.py``: what is wrong in a program that has been recorded.
- ``layout.py``: code laid out as black does.
- ``recorded.py``: what happened as scripts and assertions to keep.
- ``transcript.py``: a session as a dialogue.
- ``mistakes.py``: the texts for a script or test case that cannot be meant so.
- ``errors.py``: the errors for a call that goes wrong: by the script, or outside its test.
- ``misuse.py``: those for one that goes wrong by a rule, or by a thread.
- ``mismatch.py``: the error for a wrong assertion, and how a mail is not as one says.
- ``findings.py``: the errors for what the end of a test reveals.
- ``note.py``: what a failed test should know besides its error.
"""
