"""The rules, by subject. Made for the SDK's server in `servicer.py`; listed in `catalogue.py`."""
