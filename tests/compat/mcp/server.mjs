// SPDX-License-Identifier: MIT
//
// server.mjs LOG - as server.py.
import { appendFileSync } from 'node:fs'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

const server = new McpServer({ name: 'notes', version: '1.0.0' })
server.registerTool('read_note', { description: 'The text of a note.', inputSchema: { name: z.string() } }, async ({ name }) => {
	appendFileSync(process.argv[2], name + '\n')
	return { content: [{ type: 'text', text: 'note ' + name }] }
})
await server.connect(new StdioServerTransport())
