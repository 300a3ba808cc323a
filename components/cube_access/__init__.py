"""Safe access for Cube to a warehouse, as Pulumi components."""

__version__ = "0.2.0"
