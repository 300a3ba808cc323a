"""What runs this program needs: the rights of the deployer and of the previewer of one stack.

`aws.py`, `databricks.py` and `snowflake.py` own what is needed where; they read settings and call
nobody. What the program does with these rights is in components/.
"""
