"""MCP's own package for Python: both lives of the protocol."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

URL = os.environ["VESTIBULE_BASE"] + "/mcp"
HEADERS = {"Authorization": "Bearer " + os.environ["VESTIBULE_SECRET"]}
QUESTION = "What does the cordless drill NW-18 Pro cost?"


async def use(mode):
    async with httpx2.AsyncClient(headers=HEADERS, timeout=30) as http:
        async with Client(streamable_http_client(URL, http_client=http), mode=mode) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == ["search_knowledge", "ask", "list_products"], tools

            answer = await client.call_tool("ask", {"question": QUESTION})
            assert not answer.is_error, answer
            said = answer.structured_content
            assert said["answer"].strip() and said["sources"], said
            again = await client.call_tool("ask", {"question": "And its weight?", "conversation": said["session_id"]})
            assert again.structured_content["session_id"] == said["session_id"]

            found = await client.call_tool("search_knowledge", {"query": "ladder", "top_n": 2})
            assert len(found.structured_content["results"]) <= 2

            page = (await client.call_tool("list_products", {"limit": 2})).structured_content
            assert len(page["products"]) == 2 and page["has_more"], page
            rest = await client.call_tool("list_products", {"cursor": page["next_cursor"]})
            titles = [product["title"] for product in page["products"] + rest.structured_content["products"]]
            assert "Cordless drill NW-18 Pro" in titles and len(titles) == len(set(titles)), titles

            wrong = await client.call_tool("ask", {"question": QUESTION, "workspace": "nowhere"})
            assert wrong.is_error and wrong.structured_content["code"] == "not_found", wrong


async def main():
    for mode in ["auto", "legacy", "2026-07-28"]:
        await use(mode)


asyncio.run(main())
