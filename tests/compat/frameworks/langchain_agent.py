# SPDX-License-Identifier: MIT
"""An agent of LangChain."""
from langchain.agents import create_agent
from langchain_openai import ChatOpenAI

import tools

agent = create_agent(ChatOpenAI(model="gpt-4o"), tools=[tools.run_sql, tools.post_message])
for task, words in tools.tasks():
    state = agent.invoke({"messages": [{"role": "user", "content": words}]})
    tools.tell(task, state["messages"][-1].content)
