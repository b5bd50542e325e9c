# SPDX-License-Identifier: MIT
"""An agent as a graph of LangGraph."""
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

import tools

FUNCTIONS = [tools.run_sql, tools.post_message]
model = ChatOpenAI(model="gpt-4o").bind_tools(FUNCTIONS)
graph = StateGraph(MessagesState)
graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
graph.add_node("tools", ToolNode(FUNCTIONS))
graph.add_edge(START, "model")
graph.add_conditional_edges("model", tools_condition)
graph.add_edge("tools", "model")
agent = graph.compile()
for task, words in tools.tasks():
    state = agent.invoke({"messages": [{"role": "user", "content": words}]})
    tools.tell(task, state["messages"][-1].content)
