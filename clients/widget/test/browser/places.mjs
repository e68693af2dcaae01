// Where shops put it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const DELIVERY = "How long does delivery take?";

/** What a shopper sees of an element, and whether it is what a click would hit. */
const looks = (locator) =>
    locator.evaluate((element) => {
        const { width, height, left, top, right, bottom } = element.getBoundingClientRect();
        const { color, backgroundColor, fontSize, letterSpacing, textTransform, direction, visibility } =
            getComputedStyle(element);
        const hit = document.elementFromPoint(left + width / 2, top + height / 2)?.localName;
        return {
            width,
            height,
            right: innerWidth - right,
            bottom: innerHeight - bottom,
            color,
            backgroundColor,
            fontSize,
            letterSpacing,
            textTransform,
            direction,
            visibility,
            hit,
        };
    });

export function places(scene) {
    test(
        "a page's CSS, however hostile, changes nothing",
        scene(async ({ shopper, shop, gateway, key }) => {
            const browser = await shopper();
            const seen = [];
            for (const address of [shop.plain(gateway.base, key), shop.hostile(gateway.base, key)]) {
                const page = await browser.newPage();
                await page.goto(address);
                const chat = chatOf(page);
                await page.evaluate(() => sessionStorage.clear());
                await chat.launcher.waitFor();
                const button = await looks(chat.launcher);
                await chat.open();
                const parts = [];
                for (const part of [
                    chat.panel,
                    chat.panel.getByRole("heading"),
                    chat.input,
                    chat.panel.locator(".disclosure"),
                ])
                    parts.push(await looks(part));
                seen.push([button, ...parts]);
                await page.close();
            }
            assert.deepEqual(seen[1].slice(1), seen[0].slice(1));
            assert.equal(seen[1][0].hit, "vestibule-chat");
        }),
    );

    test(
        "under the strictest policy that docs/widget.md asks for, nothing is refused",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const refused = [];
            await page.addInitScript(() =>
                addEventListener("securitypolicyviolation", (event) =>
                    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
                ),
            );
            page.on("console", (message) => message.text().startsWith("policy:") && refused.push(message.text()));
            await page.goto(shop.strict(gateway.base, key, false));
            const chat = chatOf(page);
            await chat.open();
            await chat.ask("What does the Cordless drill NW-18 Pro cost?");
            await (await chat.answer()).locator(".card").waitFor();
            assert.equal((await looks(chat.panel)).width, 408);
            assert.deepEqual(refused, []);
        }),
    );

    test(
        "a proof of work needs no worker where the policy allows none",
        scene(async ({ shopper, shop, gateway }) => {
            const key = await gateway.staff.key({ visitor_token: "required", proof_of_work: true });
            for (const allowed of [true, false]) {
                const page = await (await shopper()).newPage();
                const workers = [];
                page.on("worker", (worker) => workers.push(worker));
                await page.goto(shop.strict(gateway.base, key, allowed));
                await chatOf(page).open();
                assert.equal(workers.length, allowed ? 1 : 0);
            }
        }),
    );

    test(
        "scripts that plugins delay, rewrite or run twice make one chat",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            // Rocket Loader: the script is parked under another type, and put back as a classic one at the end.
            const parked = `<script type="4f1c-text/javascript" src="${gateway.base}/widget.js" data-key="${key}"></script>
      <script>addEventListener("load", () => { const parked = document.querySelector("script[data-key]"); for (let n = 0; n < 2; n++) {
        const script = document.createElement("script"); script.src = parked.src; document.body.append(script); } });</script>`;
            await page.goto(shop.add({ end: parked }));
            await chatOf(page).open();
            assert.equal(await page.locator("vestibule-chat").count(), 1);
            // A caching plugin that puts all scripts into one of its own.
            const own = shop.add({
                end: `<script data-key="${key}" data-server="${gateway.base}">${"/* combined */"}</script><script src="${gateway.base}/widget.js"></script>`,
            });
            await page.goto(own);
            await chatOf(page).panel.waitFor();
            assert.equal(await page.locator("vestibule-chat").count(), 1);
        }),
    );

    test(
        "several on one page, one of them in the page itself",
        scene(async ({ shopper, shop, gateway, key }) => {
            const other = await gateway.staff.key({ name: "Other" });
            const body = `<h1>Nordwerk</h1><main><vestibule-chat id="inline" key="${other}" position="inline" style="width: 400px"></vestibule-chat></main>`;
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key, { body }));
            const inline = page.locator("#inline");
            await inline.locator("#question").waitFor();
            assert.equal(await inline.getByRole("button", { name: "Close chat" }).count(), 0);
            const floating = page.locator("vestibule-chat:not(#inline)");
            await floating.locator(".launcher").click();
            await floating.locator("#question").fill(DELIVERY);
            await floating.locator("#question").press("Enter");
            await floating.locator("article[data-state=done]").waitFor();
            assert.equal(await inline.locator("article").count(), 0, "another key is another conversation");
            assert.equal(await page.evaluate(() => window.Vestibule.chats.length), 2);
        }),
    );

    test(
        "a single-page app that mounts and unmounts it leaves nothing behind",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            await chatOf(page).open();
            await page.evaluate(() => document.querySelector("vestibule-chat").remove());
            const client = await page.context().newCDPSession(page);
            await client.send("Performance.enable");
            const mount = (times) =>
                page.evaluate(
                    async ([key, server, times]) => {
                        for (let n = 0; n < times; n++) {
                            const chat = document.createElement("vestibule-chat");
                            chat.setAttribute("key", key);
                            chat.setAttribute("server", server);
                            document.body.append(chat);
                            await chat.open();
                            chat.remove();
                        }
                    },
                    [key, gateway.base, times],
                );
            const count = async () => {
                await client.send("HeapProfiler.collectGarbage");
                const { metrics } = await client.send("Performance.getMetrics");
                const of = (wanted) => metrics.find(({ name }) => name === wanted).value;
                return { listeners: of("JSEventListeners"), nodes: of("Nodes") };
            };
            await mount(5);
            const before = await count();
            await mount(20);
            const after = await count();
            assert.ok(
                after.listeners - before.listeners < 20,
                `listeners: ${before.listeners}, then ${after.listeners}`,
            );
            assert.ok(after.nodes - before.nodes < 100, `nodes: ${before.nodes}, then ${after.nodes}`);
            assert.equal(await page.evaluate(() => window.Vestibule.chats.length), 0);
            assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
        }),
    );

    test(
        "on a phone it fills the screen, holds the page still and gives it back",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (
                await shopper({ viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true })
            ).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.launcher.tap();
            await chat.input.waitFor();
            const { width, height } = await looks(chat.panel);
            assert.deepEqual({ width, height }, { width: 320, height: 568 });
            assert.equal(await chat.panel.getAttribute("aria-modal"), "true");
            assert.notEqual(
                await page.evaluate(() => document.querySelector("vestibule-chat").shadowRoot.activeElement?.id),
                "question",
                "no keyboard unasked",
            );
            assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
            await chat.ask("What does the Cordless drill NW-18 Pro cost?");
            await chat.answer();
            assert.ok(
                await chat.log.evaluate((log) => log.scrollWidth <= log.clientWidth),
                "nothing is wider than the screen",
            );
            // Where something is below, however little, there is a way to it.
            for (const below of [200, 60, 0]) {
                await chat.log.evaluate(
                    (log, below) => log.scrollTo(0, log.scrollHeight - log.clientHeight - below),
                    below,
                );
                await chat.panel.locator(".latest").waitFor({ state: below ? "visible" : "hidden" });
            }
            await chat.panel.getByRole("button", { name: "Close chat" }).tap();
            assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
        }),
    );
}
