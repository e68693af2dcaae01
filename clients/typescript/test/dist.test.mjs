// What is published: small, whole, and of no platform.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "../dist");
const script = await readFile(join(dist, "index.js"), "utf8");

test("the script is less than 10 KB on the wire", () => {
    assert.ok(gzipSync(script, { level: 9 }).length < 10_000);
});

test("it imports nothing, and names nothing that only Node or only a page has", () => {
    const platform = /\bimport\b|\brequire\b|\bprocess\.|\bBuffer\b|\bwindow\b|\bdocument\.|\blocalStorage\b|node:/;
    assert.equal(platform.exec(script)?.[0], undefined);
});

test("its types lean on nothing but themselves", async () => {
    for (const file of (await readdir(dist)).filter((name) => name.endsWith(".d.ts"))) {
        const text = await readFile(join(dist, file), "utf8");
        for (const [, from] of text.matchAll(/(?:from |import\()"([^"]+)"/g))
            assert.match(from, /^\.\/[a-z]+\.js$/, `${file}: ${from}`);
    }
});

test("every operation of the OpenAPI document is a call, but those of AnythingLLM's own widget", async () => {
    const document = JSON.parse(await readFile(join(import.meta.dirname, "../../../docs/openapi.json"), "utf8"));
    const { vestibule } = await import("vestibule-client");
    const client = vestibule({});
    for (const [path, item] of Object.entries(document.paths)) {
        for (const { operationId } of Object.values(item).filter((value) => value.operationId)) {
            const name = operationId.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
            const call = name.split(".").reduce((node, step) => node?.[step], client);
            assert.equal(
                typeof call === "function",
                !/^\/(api\/embed|api\/v1\/store-webhooks|openai|mcp|console)\b/.test(path),
                operationId,
            );
        }
    }
});
