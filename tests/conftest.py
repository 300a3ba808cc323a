"""For every test."""

import signal

# A shell that starts the tests in the background has Ctrl-C ignored, by them and by all that they
# start. The engine ends a plugin by that very signal, and waits for seconds where it is not heard.
signal.signal(signal.SIGINT, signal.default_int_handler)
