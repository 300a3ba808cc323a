"""Equipment for people who work on, or run, this project from a checkout: nothing here is part of a
deployment.
"""
