"""What several parts of the package, and the policy pack, must know alike: each fact stands once.

Imports nothing of the package but its own modules, so that anybody may import it. The pack travels
alone and has copies of some of these (`tools.policy_copy`).
"""
