// A shop's back end in Node in front of the gateway, with `compression()` as its answers go out: a streamed answer comes
// in pieces all the same, as long as it passes our headers on.
//   GATEWAY=file node --test backend.test.mjs     (make test-clients, suite node-backend)
import compression from "compression";
import express from "express";
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const gateway = JSON.parse(readFileSync(process.env.GATEWAY, "utf8"));
const TOKENS = 30;
const DELAY = 40;

/** A back end that asks with the shop's secret key and hands on what comes. */
async function backend(t, headers) {
    const app = express();
    app.use(compression({ threshold: 0 }));
    app.post("/ask", async (_, response) => {
        const answer = await fetch(`${gateway.base}/api/v1/chat`, {
            method: "POST",
            headers: { Authorization: `Bearer ${gateway.secret_key}`, "Content-Type": "application/json" },
            body: JSON.stringify({ message: "What does the drill cost?", stream: true }),
        });
        response.status(answer.status);
        for (const name of headers) response.set(name, answer.headers.get(name));
        for await (const piece of answer.body) response.write(piece);
        response.end();
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => (server.closeAllConnections(), server.close()));
    return `http://127.0.0.1:${server.address().port}/ask`;
}

/** The stand-in for AnythingLLM writes like a model, until the test is over. */
async function slowly(t) {
    const control = (method, body) =>
        fetch(`${gateway.stand_in}/__stand-in/control`, { method, headers: { "Content-Type": "application/json" }, body });
    t.after(() => control("DELETE"));
    await control("PUT", JSON.stringify({ token_delay_ms: DELAY, tokens: TOKENS }));
}

/** When the first piece came and when the last, after the question. */
async function ask(url) {
    const asked = performance.now();
    const answer = await fetch(url, { method: "POST", headers: { "Accept-Encoding": "gzip" } });
    let first;
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of answer.body) {
        first ??= performance.now() - asked;
        text += decoder.decode(piece, { stream: true });
    }
    assert.equal(answer.status, 200, text);
    assert.match(text, /^event: done$/m);
    return { first, total: performance.now() - asked, encoding: answer.headers.get("content-encoding") };
}

test("an answer comes through compression() as it is written", async (t) => {
    await slowly(t);
    const { first, total, encoding } = await ask(await backend(t, ["content-type", "cache-control"]));
    assert.equal(encoding, null, "no-transform is kept to");
    assert.ok(total > (TOKENS * DELAY) / 2, `${total} ms`);
    assert.ok(first < total / 2, `the first piece after ${first} of ${total} ms`);
});

test("without Cache-Control it is held back until its end, which is why that is passed on", async (t) => {
    await slowly(t);
    const { first, total, encoding } = await ask(await backend(t, ["content-type"]));
    assert.equal(encoding, "gzip");
    assert.ok(first > total * 0.9 || first > (TOKENS * DELAY) / 2, `the first piece after ${first} of ${total} ms`);
});
