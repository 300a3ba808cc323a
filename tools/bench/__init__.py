"""What things cost: each command, cube.py, the policy pack, `cube-access verify`.

`make bench` runs all but `verify`. What people cost a running Cube is measured by the
tests' own Cube, `tests/cube/cost.py`; a comparison with Terraform by `tools/bench_terraform`.
"""
