"""What a policy pack found in a stack that exists, as evidence for an auditor."""
