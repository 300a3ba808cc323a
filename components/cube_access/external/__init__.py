"""A warehouse in which nothing is made: what is there already, handed to Cube."""
