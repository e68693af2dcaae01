// Other people's clients against a gateway with the stand-in: OpenAI's packages, LangChain's, the AI SDK's two
// providers, MCP's own.
// Run by scripts/test-clients.sh, which says where the programs are.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { AIMessage, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { APICallError, embedMany, generateText, streamText } from "ai";
import OpenAI from "openai";

const { CLIENTS_SUPPORT, CLIENTS_BIN, CLIENTS_PYTHON, CLIENTS_FEED, CLIENTS_TESTS } = process.env;
const { startGateway } = await import(CLIENTS_SUPPORT);
const { readFile } = await import("node:fs/promises");

const QUESTION = "What does the cordless drill NW-18 Pro cost?";
let gateway;
let client;

before(async () => {
    gateway = await startGateway({ bin: CLIENTS_BIN, feed: await readFile(CLIENTS_FEED, "utf8") });
    const { base, demo } = gateway;
    client = new OpenAI({ apiKey: demo.secret_key, baseURL: `${base}/openai/v1`, maxRetries: 0 });
});
after(() => gateway?.stop());

/** A file of Python against the gateway. */
function python(file) {
    const { base, demo } = gateway;
    const env = {
        ...process.env,
        VESTIBULE_BASE: base,
        VESTIBULE_SECRET: demo.secret_key,
        VESTIBULE_PUBLISHABLE: demo.publishable_key,
        LANGSMITH_TRACING: "false",
    };
    return new Promise((resolve, reject) => {
        execFile(CLIENTS_PYTHON, [`${CLIENTS_TESTS}/${file}`], { env, timeout: 120_000 }, (error, said, told) => {
            if (error) reject(new Error(`${file}: ${error.message}\n${said}\n${told}\n${gateway.said()}`));
            else resolve(said);
        });
    });
}

test("OpenAI's package for Python", () => python("openai_client.py"));
test("LangChain for Python", () => python("langchain_client.py"));
test("MCP's package for Python", () => python("mcp_client.py"));

test("OpenAI's package for JavaScript: an answer", async () => {
    const messages = [{ role: "user", content: QUESTION }];
    const answer = await client.chat.completions.create({ model: "demo-shop", messages });
    assert.match(answer.choices[0].message.content, /\S/);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.ok(answer.usage.total_tokens > 0);
    assert.ok(answer.vestibule.sources.length > 0);
});

test("OpenAI's package for JavaScript: a stream", async () => {
    const stream = await client.chat.completions.create({
        model: "demo-shop",
        messages: [{ role: "user", content: QUESTION }],
        stream: true,
        stream_options: { include_usage: true },
    });
    let text = "";
    let last;
    for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? "";
        last = chunk;
    }
    assert.match(text, /\S/);
    assert.ok(last.usage.total_tokens > 0);
});

test("OpenAI's package for JavaScript: models and embeddings", async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model.id);
    assert.deepEqual(models, ["demo-shop"]);
    assert.equal((await client.models.retrieve("demo-shop")).id, "demo-shop");
    const embedded = await client.embeddings.create({ model: "demo-shop", input: ["drill", "ladder"] });
    assert.equal(embedded.data.length, 2);
    assert.equal(embedded.data[0].embedding.length, 8);
});

test("OpenAI's package for JavaScript: errors are of its own classes", async () => {
    const ask = (options, body = {}) =>
        client.withOptions(options).chat.completions.create({
            model: "demo-shop",
            messages: [{ role: "user", content: "x" }],
            ...body,
        });
    await assert.rejects(ask({ apiKey: "vst_sk_test_x" }), (error) => {
        assert.ok(error instanceof OpenAI.AuthenticationError);
        return error.code === "invalid_token";
    });
    await assert.rejects(ask({ apiKey: gateway.demo.publishable_key }), OpenAI.PermissionDeniedError);
    await assert.rejects(ask({}, { model: "nowhere" }), (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError);
        assert.match(error.message, /slug of a workspace/);
        return error.code === "model_not_found" && error.param === "model";
    });
    await assert.rejects(ask({}, { n: 2 }), (error) => {
        assert.ok(error instanceof OpenAI.UnprocessableEntityError);
        return error.param === "n" && /one answer/.test(error.message);
    });
});

const providers = {
    "a provider of its own": () =>
        createOpenAICompatible({
            name: "vestibule",
            baseURL: `${gateway.base}/openai/v1`,
            apiKey: gateway.demo.secret_key,
            includeUsage: true,
        }),
    // Its other calls are OpenAI's Responses, which are not here.
    "OpenAI's provider": () => {
        const { chat, textEmbeddingModel } = createOpenAI({
            baseURL: `${gateway.base}/openai/v1`,
            apiKey: gateway.demo.secret_key,
        });
        return Object.assign((model) => chat(model), { textEmbeddingModel });
    },
};
for (const [name, provider] of Object.entries(providers)) {
    test(`the AI SDK with ${name}`, async () => {
        const model = provider()("demo-shop");
        const whole = await generateText({ model, prompt: QUESTION, system: "Be brief.", maxRetries: 0 });
        assert.match(whole.text, /\S/);
        assert.equal(whole.finishReason, "stop");
        assert.ok(whole.usage.totalTokens > 0);
        const stream = streamText({ model, prompt: QUESTION, maxRetries: 0 });
        let text = "";
        for await (const piece of stream.textStream) text += piece;
        assert.match(text, /\S/);
        assert.ok((await stream.usage).totalTokens > 0);
        const embedded = await embedMany({
            model: provider().textEmbeddingModel("demo-shop"),
            values: ["drill", "ladder"],
            maxRetries: 0,
        });
        assert.deepEqual(
            embedded.embeddings.map(({ length }) => length),
            [8, 8],
        );
        const nowhere = generateText({ model: provider()("nowhere"), prompt: QUESTION, maxRetries: 0 });
        await assert.rejects(nowhere, (error) => {
            assert.ok(APICallError.isInstance(error));
            return error.statusCode === 404 && /slug of a workspace/.test(error.message);
        });
    });
}

test("LangChain for JavaScript", async () => {
    const configuration = { baseURL: `${gateway.base}/openai/v1` };
    const options = { model: "demo-shop", apiKey: gateway.demo.secret_key, maxRetries: 0, configuration };
    const chat = new ChatOpenAI({ ...options, temperature: 0 });
    const answer = await chat.invoke([
        new SystemMessage("Be brief."),
        new HumanMessage("Which drill?"),
        new AIMessage("NW-18 Pro."),
        new HumanMessage(QUESTION),
    ]);
    assert.match(answer.content, /\S/);
    assert.ok(answer.usage_metadata.total_tokens > 0);
    let text = "";
    for await (const chunk of await chat.stream(QUESTION)) text += chunk.content;
    assert.match(text, /\S/);
    const embeddings = new OpenAIEmbeddings({ ...options, batchSize: 32 });
    const vectors = await embeddings.embedDocuments(["drill", "ladder"]);
    assert.deepEqual(
        vectors.map(({ length }) => length),
        [8, 8],
    );
    await assert.rejects(new ChatOpenAI({ ...options, model: "nowhere" }).invoke(QUESTION), /slug of a workspace/);
});

test("MCP's package for JavaScript", async () => {
    const client = new Client({ name: "a shop's agent", version: "1.0.0" });
    const requestInit = { headers: { Authorization: `Bearer ${gateway.demo.secret_key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.base}/mcp`), { requestInit }));
    try {
        const { tools } = await client.listTools();
        assert.deepEqual(
            tools.map(({ name }) => name),
            ["search_knowledge", "ask", "list_products"],
        );
        const call = (name, given) => client.callTool({ name, arguments: given });
        const { structuredContent: said } = await call("ask", { question: QUESTION });
        assert.match(said.answer, /\S/);
        const again = await call("ask", { question: "And its weight?", conversation: said.session_id });
        assert.equal(again.structuredContent.session_id, said.session_id);
        const found = await call("search_knowledge", { query: "ladder", top_n: 2 });
        assert.ok(found.structuredContent.results.length <= 2);
        assert.equal((await call("list_products", { limit: 2 })).structuredContent.products.length, 2);
        const wrong = await call("ask", { question: QUESTION, workspace: "nowhere" });
        assert.ok(wrong.isError);
        assert.equal(wrong.structuredContent.code, "not_found");
    } finally {
        await client.close();
    }
});
