// SPDX-License-Identifier: MIT
//
// client.mjs SERVER LOG - as client.py.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const client = new Client({ name: 'agent', version: '1.0.0' })
await client.connect(new StdioClientTransport({ command: process.execPath, args: process.argv.slice(2, 4) }))
console.log('tools', ...(await client.listTools()).tools.map(tool => tool.name))
for (const name of ['first', 'secret', 'last']) {
	try {
		const result = await client.callTool({ name: 'read_note', arguments: { name } })
		console.log(name, result.content[0].text)
	} catch (error) {
		console.log(name, 'error', error.message)
	}
}
await client.close()
