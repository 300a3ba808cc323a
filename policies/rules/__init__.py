"""One module a subject; each rule is a function next to its policy."""
