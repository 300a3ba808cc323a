"""The same access made three times, by this package, by Terraform and by a flat program, and what
each command of each costs: see docs/benchmarks.md.
"""
