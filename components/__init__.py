"""The package's Pulumi components: one folder per vendor, the same file names in each."""
