"""For each rule: a resource as it should be, and everything that one property can spoil."""
