"""Begins an environment: `Pulumi.<stack>.yaml`, and its configuration of the policy pack."""
