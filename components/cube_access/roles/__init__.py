"""What runs a program of ours needs: the rights of the deployer and of the previewer of one stack.

`aws.py`, `databricks.py` and `snowflake.py` own what is needed where; they read settings and call
nobody. `asked.py` finds the settings, before anything was applied.
"""
