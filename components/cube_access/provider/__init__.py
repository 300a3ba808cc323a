"""Our own resources, and the plugin that serves them.

`definition.py` says what a resource has, `lifecycle.py` what the engine asks of it, `resource.py`
is how a program names one; each resource is in the module of its subject. `servicer.py` and
`server.py` are the plugin, `sdk.py` the private names of Pulumi's SDK that they stand on.
"""
