"""Who will be able to do what, from the engine's preview: the access report."""
