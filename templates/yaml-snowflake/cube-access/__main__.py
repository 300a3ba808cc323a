"""The plugin of the package that requirements.txt installs."""

from cube_access.plugin.server import main

main()
