"""A local stand-in for the clouds: real clients, real host names, nothing leaves the machine.

Owns the Sandbox object that tests and the command line use. It does not own any emulated behaviour:
that is one module or package per host (`databricks/`, `aws.py`).
"""

from sandbox.box import Sandbox

__all__ = ["Sandbox"]
