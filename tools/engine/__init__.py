"""Where `pulumi` and its plugins come from: see docs/engine.md."""
