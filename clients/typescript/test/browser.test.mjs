// The same script in a page and in a worker of a real browser, under a strict policy, with a publishable key.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { gateway } from "./support.mjs";

const POLICY = `default-src 'none'; script-src 'self'; worker-src 'self'; connect-src ${gateway.base}`;
const ASK = `import { Visitor, collect, isProblem, vestibule } from "./client.js";
export async function visit({ base, key }) {
    const credential = new Visitor({ key });
    const client = vestibule({ baseUrl: base, credential });
    const kinds = [];
    const noted = async function* (events) {
        for await (const event of events) (kinds.push(event.type), yield event);
    };
    const answer = await collect(noted(client.chat.stream({ message: "How long does delivery take?" })));
    const controller = new AbortController();
    const stopped = await client.chat
        .create({ message: "x" }, { signal: (controller.abort(), controller.signal) })
        .catch((error) => error.name);
    const refused = await client.keys.list().catch((error) => isProblem(error) && error.code);
    const { data } = await client.messages.list({ session_id: answer.session_id });
    return { kinds: [...new Set(kinds)], answer: answer.answer, stopped, refused, stored: data[1].content };
}`;
const FILES = {
    "/": ["text/html", "<!doctype html><title>A shop</title>"],
    "/client.js": ["text/javascript", await readFile(join(import.meta.dirname, "../dist/index.js"))],
    "/ask.js": ["text/javascript", ASK],
    "/worker.js": [
        "text/javascript",
        'import { visit } from "./ask.js"; onmessage = async ({ data }) => postMessage(await visit(data));',
    ],
};

const SNIPPET = [
    ...(await readFile(join(import.meta.dirname, "../../../docs/clients.md"), "utf8")).matchAll(
        /^```js\n(.*?)^```$/gms,
    ),
]
    .map(([, code]) => code)
    .find((code) => code.includes("localStorage"))
    .replace("vestibule-client", "./client.js") // what a bundler does
    .replace("vst_pk_live_...", gateway.publishable_key)
    .replace("https://chat.shop.example", gateway.base);
FILES["/snippet.js"] = ["text/javascript", SNIPPET];
FILES["/snippet"] = [
    "text/html",
    '<!doctype html><title>A shop</title><body><script type="module" src="/snippet.js"></script>',
];

let browser;
let shop;
let address;

before(async () => {
    shop = createServer(({ url }, response) => {
        const [type, text] = FILES[url] ?? [];
        response.writeHead(type ? 200 : 404, {
            "Content-Type": type ?? "text/plain",
            "Content-Security-Policy": POLICY,
        });
        response.end(text);
    }).listen(0, "localhost");
    await once(shop, "listening");
    address = `http://localhost:${shop.address().port}/`;
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
});
after(async () => {
    await browser?.close();
    shop.close();
});

async function on(t, run) {
    const page = await browser.newPage();
    t.after(() => page.close());
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(String(error)));
    await page.goto(address);
    const seen = await page.evaluate(run, { base: gateway.base, key: gateway.publishable_key });
    assert.deepEqual(wrong, []);
    assert.ok(seen.answer.length > 0);
    assert.equal(seen.stored, seen.answer);
    assert.deepEqual(seen.kinds, ["start", "delta", "sources", "done"]);
    assert.equal(seen.stopped, "AbortError");
    assert.equal(seen.refused, "insufficient_scope");
}

test("the snippet of docs/clients.md, twice by the same visitor", async (t) => {
    const page = await browser.newPage();
    t.after(() => page.close());
    const ids = [];
    for (const _ of [1, 2]) {
        await page.goto(`${address}snippet`);
        await page.waitForFunction(() => document.body.innerText.length > 0);
        ids.push(await page.evaluate(() => localStorage.getItem("visitor")));
    }
    assert.match(ids[0], /^vis_/);
    assert.equal(ids[0], ids[1]);
});

test("in a page", (t) => on(t, async (who) => (await import("/ask.js")).visit(who)));

test("in a worker", (t) =>
    on(
        t,
        (who) =>
            new Promise((resolve, reject) => {
                const worker = new Worker("/worker.js", { type: "module" });
                worker.onmessage = ({ data }) => resolve(data);
                worker.onerror = ({ message }) => reject(new Error(message));
                worker.postMessage(who);
            }),
    ));
