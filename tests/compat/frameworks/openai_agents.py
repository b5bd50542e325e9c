# SPDX-License-Identifier: MIT
"""An agent of the OpenAI Agents SDK, which speaks the Responses API."""
from agents import Agent, Runner, function_tool, set_tracing_disabled

import tools

set_tracing_disabled(True)
agent = Agent(name="clerk", instructions="Use the tools.", model="gpt-4o",
              tools=[function_tool(tools.run_sql), function_tool(tools.post_message)])
for task, words in tools.tasks():
    tools.tell(task, Runner.run_sync(agent, words).final_output)
