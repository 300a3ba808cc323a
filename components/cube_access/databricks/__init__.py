"""Databricks: Unity Catalog, SQL warehouses and the account console."""
