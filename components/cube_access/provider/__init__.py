"""What a resource of our own is made of, whichever cloud it is in.

`definition.py` says what a resource has, `lifecycle.py` what the engine asks of it, `resource.py`
is how a program names one, and `sdk.py` has the private names of Pulumi's SDK that they stand on.
Each resource is in the module of its subject, and in the list of `plugin/registry.py`.
"""
