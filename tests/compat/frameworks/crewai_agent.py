# SPDX-License-Identifier: MIT
"""A crew of CrewAI, of one agent."""
from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool

import tools

clerk = Agent(role="clerk", goal="do what is asked", backstory="You have two tools.", llm=LLM(model="openai/gpt-4o"),
              tools=[tool("run_sql")(tools.run_sql), tool("post_message")(tools.post_message)], verbose=False)
for name, words in tools.tasks():
    task = Task(description=words, expected_output="what the tool said", agent=clerk)
    tools.tell(name, Crew(agents=[clerk], tasks=[task], verbose=False).kickoff())
