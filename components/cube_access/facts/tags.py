"""Tags by which a secret's stack, and whose credential it holds, are told from others'."""

OWNER_TAG = "cube-access:stack"
# Stacks of two state backends can have the same name; their service accounts cannot be the same.
ACCOUNT_TAG = "cube-access:service-account"
OWN_TAGS = (OWNER_TAG, ACCOUNT_TAG)
