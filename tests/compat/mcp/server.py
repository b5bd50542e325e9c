# SPDX-License-Identifier: MIT
#
# server.py LOG - a server of MCP as its package makes them; LOG has the name of each note that was read.
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("notes")


@server.tool()
def read_note(name: str) -> str:
    """The text of a note."""
    with open(sys.argv[1], "a", encoding="utf-8") as log:
        print(name, file=log)
    return "note " + name


server.run()
