"""What smtplib has: its commands and their arguments, the replies, the state machines.

- ``states.py``: the states, and the two machines as one table.
- ``order.py``: which commands make a mail, and which comes before which.
- ``replies.py``: replies, and the shapes of what a script answers.
- ``kinds.py``: the kinds of argument: how one is kept, compared and shown.
- ``collections.py``: the kinds that hold several values: recipients, options.
- ``command.py``: what a command is; repr and comparison derive from its fields.
- ``texts.py``: how two texts differ, line by line.
- ``body.py``: the kind that a message is.
- ``commands.py``: the commands, a class each.
- ``expected.py``: the types of scripts and assertions, for type checkers alone.
"""
