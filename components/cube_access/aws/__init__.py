"""AWS: where the service account's secret is kept."""
