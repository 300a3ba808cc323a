"""Whether `pulumi up` can go through, looked at before it begins.

Owns `cube-access doctor`. It signs in where the deployer does and looks; it changes nothing, and
needs nothing to have been applied.
"""
