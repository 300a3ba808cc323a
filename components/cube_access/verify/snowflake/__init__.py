"""Snowflake: what the service account's role holds, and what it can and cannot do when it tries."""
