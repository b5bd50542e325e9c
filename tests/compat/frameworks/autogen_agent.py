# SPDX-License-Identifier: MIT
"""An agent of AutoGen's AgentChat."""
import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient

import tools


async def main():
    """A new agent for each task."""
    for task, words in tools.tasks():
        agent = AssistantAgent("clerk", OpenAIChatCompletionClient(model="gpt-4o"), reflect_on_tool_use=True,
                               tools=[tools.run_sql, tools.post_message])
        tools.tell(task, (await agent.run(task=words)).messages[-1].content)


asyncio.run(main())
