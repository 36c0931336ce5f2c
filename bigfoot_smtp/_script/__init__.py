"""What a test expects and what happened, as data.

- ``place.py``: the place in the user's code, and its frames in a traceback.
- ``session.py``: steps, sessions, interactions.
- ``timeline.py``: all interactions in order, and the next to be asserted.
"""
