# SPDX-License-Identifier: MIT
"""An agent of Semantic Kernel."""
import asyncio

from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function

import tools


class Office:
    """The tools as a plugin."""
    run_sql = staticmethod(kernel_function(name="run_sql")(tools.run_sql))
    post_message = staticmethod(kernel_function(name="post_message")(tools.post_message))


async def main():
    """A new thread for each task."""
    agent = ChatCompletionAgent(service=OpenAIChatCompletion(ai_model_id="gpt-4o"), name="clerk", plugins=[Office()])
    for task, words in tools.tasks():
        tools.tell(task, await agent.get_response(messages=words))


asyncio.run(main())
