"""Snowflake: the OAuth integration, the service account, its role and grants, and the warehouse."""
