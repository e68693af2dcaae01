"""LangChain, as its page on other servers with OpenAI's API says."""

import os

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

BASE = os.environ["VESTIBULE_BASE"] + "/openai/v1"
SECRET = os.environ["VESTIBULE_SECRET"]
QUESTION = "What does the cordless drill NW-18 Pro cost?"

chat = ChatOpenAI(model="demo-shop", base_url=BASE, api_key=SECRET, max_retries=0, temperature=0, use_responses_api=False)
answer = chat.invoke([SystemMessage("Be brief."), HumanMessage("Which drill?"), AIMessage("NW-18 Pro."), HumanMessage(QUESTION)])
assert answer.content.strip(), answer
assert answer.usage_metadata["total_tokens"] > 0, answer
assert answer.response_metadata["finish_reason"] == "stop", answer
text = "".join(chunk.content for chunk in chat.stream(QUESTION))
assert text.strip()

# Without the switch it cuts texts into numbers of OpenAI's tokens, which no other embedder understands.
embeddings = OpenAIEmbeddings(
    model="demo-shop", base_url=BASE, api_key=SECRET, check_embedding_ctx_length=False, chunk_size=32, max_retries=0
)
vectors = embeddings.embed_documents(["drill", "ladder"])
assert len(vectors) == 2 and len(vectors[0]) == 8
