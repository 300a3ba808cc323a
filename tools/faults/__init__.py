"""The fault campaign: what becomes of a stack when any one call goes wrong, on the sandbox.

`calls.py` enumerates the calls of a clean run, `inject.py` plays one fault, `world.py` counts and
signs in, `__main__.py` is the command behind `make faults`.
"""
