# SPDX-License-Identifier: MIT
#
# client.py SERVER LOG - calls a tool of a child server three times, as the package does it.
import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    server = StdioServerParameters(command=sys.executable, args=sys.argv[1:3])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        print("tools", *[tool.name for tool in (await session.list_tools()).tools])
        for name in ["first", "secret", "last"]:
            try:
                result = await session.call_tool("read_note", {"name": name})
                print(name, result.content[0].text)
            except Exception as error:
                print(name, "error", error)


asyncio.run(main())
