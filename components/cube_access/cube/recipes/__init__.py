"""What cube.py is made of: `shared.py`, the parts of the driver in use, and `functions.py`, in this
order. Each is Python like any other, but runs inside Cube: standard library only, 3.9 or newer.

`cube_py.py` beside this folder puts them into one file, and settings.py's example gives way to the
environment's own decisions.
"""
