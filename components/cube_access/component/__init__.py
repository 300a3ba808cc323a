"""What the components for every warehouse have alike.

`access.py` is their base: the secret, the guards, and what Cube gets. `ending.py` is what an `up`
of the root program says at its end. `shapes.py` says what args look like, `reader.py` reads args as
settings, `options.py` judges the resource options, `caller.py` has the caller's words for a
setting. What is made in a warehouse is in that warehouse's folder.
"""
