// The reader of the API and the demo, in a real browser, wide and on a small phone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { faults, gateway, overflow, startBrowser } from "./world.mjs";

const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true };
let browser;
before(async () => (browser = await startBrowser()));
after(() => browser?.stop());

describe("the reader", () => {
    const open = async (t, path = "/docs", options) => {
        const { page, wrong } = await browser.visit(t, path, options);
        await page.locator(".operation").first().waitFor();
        return { page, wrong, operation: (id) => page.locator(`[id="${id}"]`) };
    };

    test("has every endpoint below its tag, and every schema", async (t) => {
        const { page, wrong } = await open(t);
        const document = await (await fetch(`${gateway.base}/api/v1/openapi.json`)).json();
        const wanted = Object.values(document.paths).flatMap((item) =>
            Object.values(item)
                .filter((value) => value.operationId)
                .map((value) => [value.tags[0], value.operationId]),
        );
        for (const [tag, id] of wanted) {
            const section = page.locator(`#tag-${tag.toLowerCase()}`).locator(`[id="${id}"]`);
            assert.equal(await section.count(), 1, id);
            assert.equal(await page.locator(`nav a[href="#${id}"]`).count(), 1, id);
        }
        assert.equal(await page.locator(".schema").count(), Object.keys(document.components.schemas).length);
        const text = await page.innerText("main");
        assert.deepEqual(text.match(/.{0,60}(undefined|\[object|`).{0,60}/g), null);
        assert.deepEqual(wrong, []);
    });

    test("a deep link scrolls to its place, at once and later, and links of types do too", async (t) => {
        const { page } = await open(t, "/docs#keys.rotate");
        const top = (id) => page.evaluate((id) => document.getElementById(id).getBoundingClientRect().top, id);
        assert.ok(Math.abs(await top("keys.rotate")) < 80, `${await top("keys.rotate")}`);
        assert.equal(await page.locator("nav a[aria-current]").getAttribute("href"), "#keys.rotate");
        await page.evaluate(() => (location.hash = "#chat.create"));
        await page.waitForFunction(
            () => Math.abs(document.getElementById("chat.create").getBoundingClientRect().top) < 80,
        );
        await page.locator("[id='chat.create']").getByRole("link", { name: "ChatAnswer" }).click();
        await page.waitForFunction(
            () => Math.abs(document.getElementById("schema-ChatAnswer").getBoundingClientRect().top) < 80,
        );
    });

    test("tables of descriptions are tables", async (t) => {
        const { operation } = await open(t);
        assert.ok((await operation("chat.create").locator("table").first().innerText()).includes("delta"));
    });

    test("the search finds by words anywhere, and Enter goes there", async (t) => {
        const { page } = await open(t);
        await page.keyboard.press("/");
        await page.keyboard.type("rotate grace");
        assert.match(await page.locator("#found").innerText(), /^[1-9]\d* found$/);
        await page.getByRole("searchbox").fill("make a key");
        assert.equal(await page.locator("nav li:visible").first().innerText(), "POST\nMake a key");
        await page.keyboard.press("Enter");
        await page.waitForURL(/#keys\.create$/);
        await page.getByRole("searchbox").fill("no such thing");
        assert.equal(await page.locator("#found").innerText(), "0 found");
    });

    test("each example is asked with what its endpoint takes", async (t) => {
        const { operation } = await open(t);
        const example = (id) => operation(id).locator(".block code").innerText();
        assert.match(await example("chat.create"), /Bearer \$PK"[^]*Origin: \$ORIGIN/);
        assert.match(await example("keys.create"), /Bearer \$ACCESS"/);
        assert.doesNotMatch(await example("keys.create"), /\$PK|Origin/);
        assert.doesNotMatch(await example("auth.login"), /Authorization/);
        assert.match(await example("workspaces.change"), /If-Match/);
        await operation("chat.create").getByLabel("Asked with a").selectOption("secret_key");
        assert.match(await example("chat.create"), /Bearer \$SK"/);
        assert.doesNotMatch(await example("chat.create"), /Origin/);
    });

    test("a call is tried with a pasted key, and a login gives the token for the next", async (t) => {
        const { operation, wrong } = await open(t);
        const trying = async (id, fill) => {
            await operation(id).getByText("Try it").click();
            await fill?.(operation(id));
            await operation(id).getByRole("button", { name: "Send" }).click();
            await operation(id).locator(".try pre").waitFor();
            return operation(id).locator(".try [role=status]").innerText();
        };
        const asked = await trying("chat.create", (form) =>
            form.getByLabel("Credential").fill(gateway.publishable_key),
        );
        assert.match(asked, /^200 /);
        await operation("chat.create").locator(".try pre", { hasText: '"answer"' }).waitFor();
        const { manager_username: username, manager_password: password } = gateway;
        const body = JSON.stringify({ username, password });
        assert.match(
            await trying("auth.login", (form) => form.getByLabel("Body", { exact: true }).fill(body)),
            /^200 /,
        );
        await operation("auth.login").getByText("The access token is filled in").waitFor();
        assert.match(await trying("keys.list"), /^200 /);
        assert.deepEqual(wrong, []);
    });

    for (const [name, options] of [
        ["wide", {}],
        ["dark", { colorScheme: "dark" }],
        ["on a phone", PHONE],
    ])
        test(`nothing is in the way: ${name}`, async (t) => {
            const { page } = await open(t, "/docs", options);
            assert.deepEqual(await faults(page), []);
            assert.ok((await overflow(page)) <= 0);
        });

    test("on a phone a menu has the search and the endpoints, and Escape closes it", async (t) => {
        const { page } = await open(t, "/docs", PHONE);
        const menu = page.getByRole("button", { name: "Menu" });
        assert.equal(await page.getByRole("searchbox").isVisible(), false);
        await menu.click();
        assert.equal(await page.evaluate(() => document.activeElement.id), "search");
        await page.keyboard.press("Escape");
        assert.equal(await page.evaluate(() => document.activeElement.id), "menu");
        await menu.click();
        await page.getByRole("link", { name: "POST Make a key" }).click();
        await page.waitForFunction(
            () => Math.abs(document.getElementById("keys.create").getBoundingClientRect().top) < 100,
        );
        assert.equal(await page.getByRole("searchbox").isVisible(), false);
    });
});

describe("the pages of error codes", () => {
    for (const [name, options] of [
        ["wide", {}],
        ["on a phone, dark", { ...PHONE, colorScheme: "dark" }],
    ])
        test(`can be read: ${name}`, async (t) => {
            const { page, wrong } = await browser.visit(t, "/docs/errors/validation_failed", options);
            await page.getByRole("heading").first().waitFor();
            assert.deepEqual(await faults(page), []);
            assert.ok((await overflow(page)) <= 0);
            assert.deepEqual(wrong, []);
        });
});

describe("the demo", () => {
    for (const [name, options] of [
        ["wide", {}],
        ["on a phone", PHONE],
    ])
        test(`asks our widget, which can be closed: ${name}`, async (t) => {
            const { page, wrong } = await browser.visit(t, "/demo", options);
            assert.match(await page.locator("#shown").innerText(), /Vestibule's own widget/);
            await page.getByRole("button", { name: "Ask about delivery" }).click();
            const panel = page.locator("vestibule-chat").getByRole("dialog");
            await panel.getByText("two working days").waitFor();
            await panel.getByText("AI assistant").first().waitFor();
            const close = await panel.getByRole("button", { name: "Close" }).first().boundingBox();
            const { width, height } = page.viewportSize();
            assert.ok(
                close.x >= 0 && close.x + close.width <= width && close.y >= 0 && close.y + close.height <= height,
            );
            assert.deepEqual(await faults(page), []);
            await page.keyboard.press("Escape");
            await panel.waitFor({ state: "hidden" });
            assert.deepEqual(await faults(page), []);
            assert.ok((await overflow(page)) <= 0);
            assert.deepEqual(wrong, []);
        });

    test("AnythingLLM's widget is there for whoever asks for it, and the page says so", async (t) => {
        const { page } = await browser.visit(t, "/demo");
        await page.getByRole("button", { name: "Show AnythingLLM's widget instead" }).click();
        await page.getByText("Shown is AnythingLLM's widget.").waitFor();
        assert.equal(await page.locator("vestibule-chat").count(), 0);
        assert.equal(await page.locator("script[data-embed-id]").count(), 1);
        await page.getByRole("button", { name: "Show Vestibule's own widget instead" }).click();
        await page.getByText("Shown is Vestibule's own widget.").waitFor();
    });
});
