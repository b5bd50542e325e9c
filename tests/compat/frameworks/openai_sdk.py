# SPDX-License-Identifier: MIT
"""An agent with the SDK of OpenAI alone: the usual loop."""
import json

from openai import OpenAI

import tools

FUNCTIONS = {"run_sql": (tools.run_sql, "statement"), "post_message": (tools.post_message, "text")}
SCHEMAS = [{"type": "function", "function": {
    "name": name, "description": function.__doc__,
    "parameters": {"type": "object", "properties": {key: {"type": "string"}}, "required": [key]}}}
    for name, (function, key) in FUNCTIONS.items()]

client = OpenAI()
for task, words in tools.tasks():
    messages = [{"role": "user", "content": words}]
    while True:
        message = client.chat.completions.create(model="gpt-4o", messages=messages, tools=SCHEMAS).choices[0].message
        messages.append(message)
        if not message.tool_calls:
            break
        for call in message.tool_calls:
            result = FUNCTIONS[call.function.name][0](**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    tools.tell(task, message.content)
