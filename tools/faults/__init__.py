"""The fault campaign: what becomes of a stack when any one call goes wrong, on the sandbox.

`calls.py` enumerates the calls of a clean run, `bench.py` is where they are played and `clouds.py`
how it goes back to a starting point, `inject.py` plays one fault and `lane.py` one after the other,
`world.py` counts and signs in, `results.py` is the table, `__main__.py` the command behind
`make faults`.
"""
