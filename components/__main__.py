"""The plugin, where a program names this folder as a package:

packages:
  cube-access: ./components
"""

from cube_access.plugin.server import main

main()
