"""The policy pack: a list of rules, nothing else. Making a PolicyPack starts a server, so only
here.
"""

from pulumi_policy import EnforcementLevel, PolicyPack

from rules.catalogue import RULES
from rules.servicer import serving

with serving(RULES):
    PolicyPack(
        "cube-access",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[rule.policy() for rule in RULES],
    )
