"""How a script is written into the source of its test; nothing imports it but record mode.

- ``writer.py``: one test, from its run to its source. Begin here.
- ``watch.py``: what the test does, and from which line of its method.
- ``rehearsal.py``: how it runs once more, as it would be written.
- ``align.py``: which assertion is about which interaction.
- ``plan.py``: what to change in the method.
- ``edits.py``: the statements that come into the text, change in it, or go.
- ``chain.py``: the statement that scripts a session, renewed.
- ``calls.py``: the call of an ``assert_*``, renewed.
- ``imports.py``: the imports of the module, and ``smtp_record``.
- ``method.py``: the method in its source.
- ``text.py``: lines, offsets and edits.
- ``source.py``: the file, and how it is replaced.
- ``lock.py``: one process at a time.
- ``summary.py``: what was written and what was not.
- ``command.py``: ``python -m bigfoot_smtp record``.
"""
