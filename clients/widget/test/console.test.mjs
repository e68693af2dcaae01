// The console in a real Chromium: what a shop's staff does on its first day, and what axe says of every page.
// scripts/test-console.sh runs it. CONSOLE_PICTURES names a folder for pictures of every page at three widths.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chatOf, startWorld } from "./support/world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = process.env.CONSOLE_PICTURES;
const world = {};

before(async () => Object.assign(world, await startWorld()), { timeout: 120_000 });
after(() => world.stop?.());

/** Somebody at the console. */
async function staff(options = {}) {
    const context = await world.browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: "en-GB",
        reducedMotion: "reduce",
        ...options,
    });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    page.on("pageerror", (error) => assert.fail(`a script of the page failed: ${error}`));
    page.on("console", (line) => {
        if (line.type() === "error" && /Content Security Policy/.test(line.text())) assert.fail(line.text());
    });
    return page;
}

async function logIn(page) {
    await page.goto(`${world.gateway.admin}/console`);
    await page.getByLabel(/^(Name)$/).fill(world.gateway.account.username);
    await page.getByLabel(/^(Password|Passwort)$/).fill(world.gateway.account.password);
    await page.getByRole("button", { name: /Log in|Anmelden/ }).click();
    const codes = page.getByRole("link", { name: /go on|weiter/ });
    await Promise.race([codes.waitFor(), page.locator(".top").waitFor()]);
    if (await codes.count()) await codes.click();
    await page.locator(".top").waitFor();
}

async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() =>
        window.axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }),
    );
    return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`),
    );
}

test("a shop's first day: a workspace, a key, a page of the shop, and the key's end", async () => {
    const page = await staff();
    await logIn(page);
    await page.getByRole("link", { name: "Make a workspace" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Alpine Store");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("status").filter({ hasText: "The workspace is made." }).waitFor();
    await page.getByLabel("Title", { exact: true }).fill("Alpine help");
    const preview = page.frameLocator("iframe[name=widget-preview]");
    await preview.getByRole("dialog", { name: "Alpine help" }).waitFor();
    assert.equal(
        await page.getByLabel("Title", { exact: true }).inputValue(),
        "Alpine help",
        "the fields stay as typed",
    );
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").filter({ hasText: "The settings are saved." }).waitFor();

    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByRole("link", { name: "Make a key" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("Storefront");
    await page.getByLabel("For", { exact: true }).selectOption("test");
    await page.getByLabel("Pages it may be used in").fill(world.shop.origin);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByText("This is the only time the key is shown.").waitFor();
    const snippet = await page.locator("details[open] pre code").first().textContent();
    assert.match(snippet, /data-key="vst_pk_test_/);

    const shopper = await world.visit();
    const shop = await shopper.newPage();
    const address = world.shop.add({ end: snippet });
    await shop.goto(address);
    const chat = chatOf(shop);
    await chat.launcher.waitFor();
    await chat.open();
    await chat.ask("How long does delivery take?");
    await chat.answer();

    await page.getByRole("link", { name: "I have copied it" }).click();
    await page.getByText("Where it was used in the last 31 days").waitFor();
    await page.getByText("Revoke it for good").click();
    await page.getByLabel("Why").fill("the day is over");
    await page.getByRole("button", { name: "Revoke for good" }).click();
    await page.getByRole("status").filter({ hasText: "The key is revoked for good." }).waitFor();

    const again = await fetch(`${world.gateway.base}/api/v1/widget/config`, {
        headers: { origin: world.shop.origin, "x-widget-key": /data-key="([^"]+)"/.exec(snippet)[1] },
    });
    assert.equal(again.status, 401);
    assert.equal((await again.json()).code, "key_revoked");
    await shopper.close();
    await page.context().close();
});

test("axe finds nothing on any page, in the light and in the dark, on a phone, in German", async () => {
    const looks = [
        ["light", { colorScheme: "light" }],
        ["dark", { colorScheme: "dark" }],
        ["phone", { viewport: { width: 320, height: 640 }, locale: "de-DE" }],
    ];
    const found = [];
    for (const [name, options] of looks) {
        const page = await staff(options);
        await page.goto(`${world.gateway.admin}/console/login`);
        found.push(...(await violations(page)).map((one) => `${name}, login: ${one}`));
        await logIn(page);
        for (const [what, path] of await pages(page)) {
            await page.goto(world.gateway.admin + path);
            found.push(...(await violations(page)).map((one) => `${name}, ${what}: ${one}`));
            const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            if (wider > 0) found.push(`${name}, ${what}: ${wider} px wider than the window`);
        }
        await page.context().close();
    }
    assert.deepEqual(found, []);
});

test("pictures of every page", { skip: !PICTURES }, async () => {
    await mkdir(PICTURES, { recursive: true });
    for (const [look, options] of [
        ["320", { viewport: { width: 320, height: 700 } }],
        ["768", { viewport: { width: 768, height: 900 }, colorScheme: "dark" }],
        ["1280", { viewport: { width: 1280, height: 900 } }],
    ]) {
        const page = await staff(options);
        await page.goto(`${world.gateway.admin}/console/login`);
        await page.screenshot({ path: join(PICTURES, `login-${look}.png`) });
        await logIn(page);
        for (const [what, path] of await pages(page)) {
            await page.goto(world.gateway.admin + path);
            await page.screenshot({ path: join(PICTURES, `${what}-${look}.png`), fullPage: true });
        }
        await page.context().close();
    }
});

/** Every page, with one that is not right. */
async function pages(page) {
    await page.goto(`${world.gateway.admin}/console/keys`);
    const key = await page.locator("tbody th a").first().getAttribute("href");
    const slug = "demo-shop";
    return [
        ["overview", "/console"],
        ["workspace", `/console/workspaces/${slug}`],
        ["assistant", `/console/workspaces/${slug}/assistant`],
        ["keys", "/console/keys"],
        ["keys-none", "/console/keys?q=nothing-like-that"],
        ["key", key],
        ["new-key", `/console/new-key?workspace=${slug}`],
        ["new-secret-key", "/console/new-key?kind=secret"],
        ["new-workspace", "/console/new-workspace"],
        ["missing", "/console/nothing"],
    ];
}
