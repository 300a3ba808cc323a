"""Proves on the live warehouse what a stack's service account can do, and finds what nobody
declared.

Owns `cube-access verify`. It changes nothing, and compares with what the stack applied; a change
that was not applied yet is the preview's business.
"""
