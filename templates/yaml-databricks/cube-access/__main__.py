"""The plugin of the package that requirements.txt installs."""

from cube_access.provider.server import main

main()
