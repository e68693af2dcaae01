"""OpenAI's own package for Python, sync and async."""

import asyncio
import os

import openai

BASE = os.environ["VESTIBULE_BASE"] + "/openai/v1"
SECRET = os.environ["VESTIBULE_SECRET"]
QUESTION = [{"role": "user", "content": "What does the cordless drill NW-18 Pro cost?"}]
client = openai.OpenAI(api_key=SECRET, base_url=BASE, max_retries=0)


def refused(kind, **changed):
    try:
        body = {"model": "demo-shop", "messages": QUESTION, **changed.pop("body", {})}
        client.with_options(**changed).chat.completions.create(**body)
    except kind as error:
        assert error.code and error.request_id, error
        return error
    raise AssertionError(f"no {kind.__name__}")


answer = client.chat.completions.create(model="demo-shop", messages=QUESTION, temperature=0.2, max_tokens=100)
assert answer.choices[0].message.content.strip(), answer
assert answer.choices[0].finish_reason == "stop", answer
assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens, answer
assert answer.vestibule["sources"], answer

stream = client.chat.completions.create(
    model="demo-shop", messages=QUESTION, stream=True, stream_options={"include_usage": True}
)
chunks = list(stream)
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices).strip()
assert chunks[-1].usage.total_tokens > 0 and chunks[-2].choices[0].finish_reason == "stop"

# The helper that puts a stream together again.
with client.chat.completions.stream(model="demo-shop", messages=QUESTION) as events:
    whole = events.get_final_completion()
assert whole.choices[0].message.content.strip()

history = [
    {"role": "system", "content": "Answer in one sentence."},
    {"role": "user", "content": "Which drill do you sell?"},
    {"role": "assistant", "content": "The NW-18 Pro."},
    {"role": "user", "content": [{"type": "text", "text": "What does the drill cost?"}]},
]
assert client.chat.completions.create(model="demo-shop", messages=history).choices[0].message.content

assert [model.id for model in client.models.list()] == ["demo-shop"]
assert client.models.retrieve("demo-shop").id == "demo-shop"
# The package asks for base64 by itself and unpacks it.
packed = client.embeddings.create(model="demo-shop", input=["drill", "ladder"])
plain = client.embeddings.create(model="demo-shop", input=["drill", "ladder"], encoding_format="float")
assert len(packed.data) == 2 and len(packed.data[0].embedding) == 8
assert all(abs(a - b) < 1e-6 for a, b in zip(packed.data[1].embedding, plain.data[1].embedding, strict=True))

assert refused(openai.AuthenticationError, api_key="vst_sk_test_x").code == "invalid_token"
assert refused(openai.PermissionDeniedError, api_key=os.environ["VESTIBULE_PUBLISHABLE"]).code == "forbidden"
assert refused(openai.NotFoundError, body={"model": "nowhere"}).code == "model_not_found"
unprocessable = refused(openai.UnprocessableEntityError, body={"tools": [{"type": "function"}], "n": 3})
assert unprocessable.param == "n" and "`tools`" in unprocessable.message, unprocessable


async def asynchronously():
    async with openai.AsyncOpenAI(api_key=SECRET, base_url=BASE, max_retries=0) as several:
        ask = lambda: several.chat.completions.create(model="demo-shop", messages=QUESTION)  # noqa: E731
        answers = await asyncio.gather(ask(), ask())
        assert len({answer.id for answer in answers}) == 2
        stream = await several.chat.completions.create(model="demo-shop", messages=QUESTION, stream=True)
        async for chunk in stream:
            # Leaves in the middle.
            if chunk.choices[0].delta.content:
                await stream.close()
                break


asyncio.run(asynchronously())
