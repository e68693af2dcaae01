// A browser that finds the pages of this checkout at the gateway, under the gateway's own policy: the program that is
// tested against may be older than the files of the checkout.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const gateway = JSON.parse(readFileSync(process.env.GATEWAY, "utf8"));
const ASSETS = join(import.meta.dirname, "../../../src/api/pages/assets");
const TYPES = { html: "text/html", js: "text/javascript", css: "text/css" };
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** As `localhost`, because only that is a place of test keys. */
export const base = gateway.base.replace("127.0.0.1", "localhost");

export async function startBrowser() {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    const policies = {};
    for (const page of ["docs", "demo"])
        policies[page] = (await fetch(`${gateway.base}/${page}`)).headers.get("Content-Security-Policy");

    /** A page, and what went wrong in it. */
    async function visit(t, path, options = {}) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        t.after(() => context.close());
        const page = await context.newPage();
        page.setDefaultTimeout(10_000);
        const wrong = [];
        page.on("pageerror", (error) => wrong.push(String(error)));
        page.on("console", (message) => /Content Security Policy/.test(message.text()) && wrong.push(message.text()));
        await page.route(/\/(docs|demo)(\/assets\/[\w.-]+)?(\?.*)?$/, async (route) => {
            const { pathname } = new URL(route.request().url());
            const [, which, , file] = pathname.split("/");
            const name = file ?? `${which}.html`;
            const text = await readFile(join(ASSETS, name), "utf8");
            await route.fulfill({
                contentType: `${TYPES[name.split(".").at(-1)]}; charset=utf-8`,
                headers: { "Content-Security-Policy": policies[which] },
                body: text.replaceAll("{{publishable_key}}", gateway.publishable_key),
            });
        });
        await page.goto(base + path);
        return { page, wrong };
    }
    return { visit, stop: () => browser.close() };
}

/** What axe finds; it comes past the policy, which the page itself does not. */
export async function faults(page) {
    const session = await page.context().newCDPSession(page);
    const expression = `${axe};axe.run(document, { resultTypes: ["violations"] })
        .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html.slice(0, 200)))`;
    const { result } = await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    return result.value;
}

/** How far a page is wider than its window. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
