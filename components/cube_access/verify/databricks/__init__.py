"""Databricks: what the service principal may do in Unity Catalog, on SQL warehouses and in the
workspace.
"""
