"""The plugin: what the engine starts to make our resources, and to build our components for a
program in another language.

`registry.py` lists what it serves. `server.py` starts it, `servicer.py` answers the engine's calls,
and `schema.py` writes what programs may ask for. It stands above all resources and components; what
each of those is made of is in `provider/`, below them.
"""
