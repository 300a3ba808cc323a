"""The plugin: what the engine starts to make our resources, and to build our components for a
program in another language.

`registry.py` lists what it serves, and `construct.py` builds components. `server.py` starts it,
`servicer.py` answers the engine's calls, `schema.py` writes what programs may ask for. It stands
above all resources and components; what each resource is made of is in `provider/`, below them.
"""
