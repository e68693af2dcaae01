// What themes of shops, and the scripts that come with them, do to everything on their pages. Each of these was met in a
// theme that many shops use; the pages are written for these tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const DELIVERY = "How long does delivery take?";

/** Sizes in tenths, everything in capitals, generic names for what a theme measures, text that cannot be selected. */
const SIZES_IN_TENTHS = `<style>
  *, *::before, *::after { box-sizing: inherit; }
  html { font-size: 62.5%; box-sizing: border-box; height: 100%; user-select: none; -webkit-user-select: none; }
  html::before { content: "lg"; position: absolute; top: -100%; font-size: 0; }
  body { display: grid; grid-template-rows: auto 1fr; min-height: 100%; letter-spacing: .06rem; line-height: 1.8; font-size: 1.6rem; }
  :root { --height: 60px; --top: 150px; --inset-top: 90px; --inset-bottom: 70px; --side: 300px; --bottom: 300px; --lift: 200px;
    --foot: 300px; --line: red; --shade: none; }
  button, input, textarea { font-family: serif; text-transform: uppercase; border-radius: 0; min-width: 12rem; box-shadow: 0 0 0 .1rem; }
  ::placeholder { color: red; } a { text-decoration: none; color: inherit; } ul, li { list-style: square; }
</style>`;

/** A drawer over the page that keeps the focus: as those of Bootstrap do, and all that hear of it by jQuery. */
const drawerThatKeepsFocus = (event, capture) => `
  <div id="drawer" tabindex="-1" style="position: fixed; inset: 0 0 0 auto; width: 300px; z-index: 1055"><button>Check out</button></div>
  <script>
    const drawer = document.querySelector("#drawer");
    document.addEventListener("${event}", (event) => drawer.contains(event.target) || drawer.querySelector("button").focus(), ${capture});
    drawer.querySelector("button").focus();
  </script>`;

/** One library scrolls smoothly by itself, another holds the page still, a third forbids copying. */
const SCRIPTS_THAT_TAKE_ALL = `<script>
    addEventListener("wheel", (event) => event.preventDefault(), { passive: false });
    document.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
    for (const name of ["copy", "cut", "contextmenu", "selectstart"])
      document.addEventListener(name, (event) => event.preventDefault());
  </script>`;

/** Links along the bottom of small screens, as shops for phones have them. */
const BAR_AT_THE_BOTTOM = `<style>
    .bar { position: fixed; inset: auto 0 0; height: 69px; display: flex; background: #ddd; z-index: 9999; }
    .bar a { flex: 1; text-align: center; }
    @media (min-width: 768px) { .bar { display: none; } }
    @media (max-width: 767px) { vestibule-chat { --vestibule-bottom: 89px; } }
    @media (min-width: 1600px) { vestibule-chat { --vestibule-side: 120px; } }
  </style>`;
const bar = `<h1>Nordwerk</h1><nav class="bar"><a href="#account">Account</a><a href="#search">Search</a><a href="#cart">Cart</a></nav>`;

const boxOf = (locator) => locator.evaluate((element) => element.getBoundingClientRect().toJSON());

/** All that is computed for all parts of the chat, apart from what the page's width decides. */
const computed = (page) =>
    page.evaluate(() => {
        const { shadowRoot } = document.querySelector("vestibule-chat");
        return [...shadowRoot.querySelectorAll("*")].map((element) => {
            const { width, height } = element.getBoundingClientRect();
            const styles = ["", "::before", "::placeholder"].map((part) => {
                const style = getComputedStyle(element, part || null);
                return [...style].filter((name) => !name.startsWith("--")).map((name) => `${name}: ${style[name]}`);
            });
            return { element: `${element.localName}.${element.className}`, width, height, styles };
        });
    });

export function themes(scene) {
    for (const [name, context] of [
        ["a desk", {}],
        ["a phone", { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true }],
    ]) {
        test(
            `sizes in tenths, generic names and rules for all elements change nothing on ${name}`,
            scene(async ({ shopper, shop, gateway, key }) => {
                const seen = [];
                for (const head of ["", SIZES_IN_TENTHS]) {
                    const page = await (await shopper(context)).newPage();
                    await page.goto(shop.plain(gateway.base, key, { head }));
                    const chat = chatOf(page);
                    await chat.open();
                    await chat.ask("What does the Cordless drill NW-18 Pro cost?");
                    const answer = await chat.answer();
                    await page.mouse.move(1, 1);
                    seen.push(await computed(page));
                    assert.equal(await answer.evaluate((each) => getComputedStyle(each).userSelect), "text");
                }
                assert.equal(seen[0].length, seen[1].length);
                for (const [place, part] of seen[0].entries()) assert.deepEqual(seen[1][place], part);
            }),
        );
    }

    test(
        "a drawer that keeps the focus lets the shopper write all the same",
        scene(async ({ shopper, shop, gateway, key }) => {
            for (const [event, capture] of [
                ["focusin", false],
                ["focus", true],
            ]) {
                const page = await (await shopper()).newPage();
                const script = shop.script(gateway.base, key, { "data-position": "bottom-left" });
                await page.goto(shop.add({ end: drawerThatKeepsFocus(event, capture) + script }));
                const chat = chatOf(page);
                await chat.launcher.click();
                await chat.input.click();
                await page.keyboard.type(DELIVERY);
                await page.keyboard.press("Enter");
                assert.match(await (await chat.answer()).innerText(), /working days/);
            }
        }),
    );

    test(
        "scripts that scroll for the page, hold it still or forbid copying leave the chat alone",
        scene(async ({ shopper, shop, gateway, key }) => {
            const browser = await shopper({ viewport: { width: 1280, height: 500 } });
            await browser.grantPermissions(["clipboard-read", "clipboard-write"]);
            const page = await browser.newPage();
            await page.goto(shop.add({ end: SCRIPTS_THAT_TAKE_ALL + shop.script(gateway.base, key) }));
            const chat = chatOf(page);
            await chat.open();
            for (const question of [DELIVERY, "What does the Cordless drill NW-18 Pro cost?"]) {
                await chat.ask(question);
                await chat.answer();
            }
            await chat.log.evaluate((log) => log.scrollTo(0, 1000));
            const { x, y } = await boxOf(chat.log);
            await page.mouse.move(x + 50, y + 50);
            await page.mouse.wheel(0, -300);
            await page.waitForFunction(
                (log) => log.scrollTop + log.clientHeight + 100 < log.scrollHeight,
                await chat.log.elementHandle(),
            );
            const moved = () =>
                chat.log.evaluate((log) =>
                    log.dispatchEvent(new Event("touchmove", { bubbles: true, cancelable: true, composed: true })),
                );
            assert.equal(await moved(), true, "a finger scrolls");
            await page.bringToFront();
            await chat.panel.locator(".bubble").first().click({ clickCount: 3 });
            await page.keyboard.press("ControlOrMeta+c");
            assert.match(await page.evaluate(() => navigator.clipboard.readText()), /What are you looking for/);
        }),
    );

    test(
        "a page says how far from the edge the button stays, per width of the screen",
        scene(async ({ shopper, shop, gateway, key }) => {
            for (const [width, bottom, side] of [
                [390, 89, 20],
                [1280, 20, 20],
                [1700, 20, 120],
            ]) {
                const page = await (await shopper({ viewport: { width, height: 800 } })).newPage();
                await page.goto(shop.plain(gateway.base, key, { head: BAR_AT_THE_BOTTOM, body: bar }));
                const chat = chatOf(page);
                const button = await boxOf(chat.launcher);
                assert.deepEqual([800 - button.bottom, width - button.right], [bottom, side], `${width} px wide`);
                if (width < 480) await page.getByRole("link", { name: "Cart" }).click(); // nothing is in the way
                await chat.open();
                const panel = await boxOf(chat.panel);
                assert.deepEqual(
                    [800 - panel.bottom, width - panel.right],
                    width < 480 ? [0, 0] : [bottom, side],
                    `${width} px wide, open`,
                );
            }
        }),
    );

    test(
        "a shop with a button of its own needs none of ours, and gets the focus back",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const body = `<h1>Nordwerk</h1><button id="own">Ask us</button>
                <script>document.querySelector("#own").addEventListener("click", () => window.Vestibule.open())</script>`;
            const head = `<style>:root { --vestibule-launcher: none }</style>`;
            await page.goto(shop.plain(gateway.base, key, { head, body }));
            const chat = chatOf(page);
            await page.waitForFunction(() => window.Vestibule);
            assert.equal(await chat.launcher.isVisible(), false);
            await page.locator("#own").focus();
            await page.keyboard.press("Enter");
            await chat.input.waitFor();
            assert.equal(await page.evaluate(() => document.activeElement.localName), "vestibule-chat");
            await page.keyboard.press("Escape");
            await chat.panel.waitFor({ state: "detached" });
            assert.equal(await page.evaluate(() => document.activeElement.id), "own");
        }),
    );

    test(
        "a chat in the page is as high as the page says",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const head = `<style>#faq { --vestibule-height: 420px }</style>`;
            const body = `<div id="faq"><vestibule-chat key="${key}" position="inline"></vestibule-chat></div>`;
            const end = `<script type="module" src="${gateway.base}/widget.js"></script>`;
            await page.goto(shop.add({ head, body, end }));
            const chat = chatOf(page);
            await chat.input.waitFor();
            assert.equal((await boxOf(chat.panel)).height, 420);
        }),
    );

    test(
        "a page that lets itself scroll again while the chat fills the screen can scroll afterwards",
        scene(async ({ shopper, shop, gateway, key }) => {
            const phone = { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true };
            const page = await (await shopper(phone)).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            const overflow = () => page.evaluate(() => getComputedStyle(document.documentElement).overflowY);
            await chat.launcher.waitFor();
            // The menu of the page is open, and closes itself with a touch beside it.
            await page.evaluate(() => {
                document.documentElement.style.overflow = "hidden";
                document.addEventListener("click", () => (document.documentElement.style.overflow = ""));
            });
            await chat.launcher.tap();
            await chat.input.waitFor();
            assert.equal(await overflow(), "hidden");
            await page.keyboard.press("Escape");
            await chat.panel.waitFor({ state: "detached" });
            assert.equal(await overflow(), "visible");
        }),
    );

    test(
        "the keyboard of a tablet covers nothing of the panel",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper({ viewport: { width: 820, height: 1100 }, hasTouch: true })).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await page.evaluate(() => {
                Object.defineProperty(VisualViewport.prototype, "height", { get: () => 640 });
                window.visualViewport.dispatchEvent(new Event("resize"));
            });
            const { top, bottom } = await boxOf(chat.panel);
            assert.ok(top >= 0 && bottom <= 640, `from ${top} to ${bottom}`);
        }),
    );

    test(
        "a page that comes back as it was left shows what was said after it",
        scene(async ({ shopper, shop, gateway, key }) => {
            const browser = await shopper();
            const left = await browser.newPage();
            // As one that is not run: it hears nothing of the others.
            await left.addInitScript(() => {
                window.BroadcastChannel = class extends EventTarget {
                    postMessage() {}
                    close() {}
                };
            });
            const address = shop.plain(gateway.base, key);
            await left.goto(address);
            await chatOf(left).open();
            const next = await browser.newPage();
            await next.goto(address);
            await chatOf(next).open();
            await chatOf(next).ask(DELIVERY);
            await chatOf(next).answer();
            assert.equal(await chatOf(left).panel.locator("article").count(), 0);
            await left.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
            assert.match(await (await chatOf(left).answer()).innerText(), /working days/);
        }),
    );

    test(
        "a page that is made ready before anybody comes asks for nothing",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const calls = [];
            page.on("request", (request) => request.url().includes("/api/") && calls.push(request.url()));
            await page.addInitScript(() => {
                window.waits = true;
                Object.defineProperty(Document.prototype, "prerendering", { get: () => window.waits });
            });
            await page.goto(shop.plain(gateway.base, key, {}, { "data-auto-open": "0" }));
            const chat = chatOf(page);
            await chat.launcher.waitFor();
            await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
            assert.equal(await chat.panel.count(), 0);
            assert.deepEqual(calls, []);
            await page.evaluate(() => {
                window.waits = false;
                document.dispatchEvent(new Event("prerenderingchange"));
            });
            await chat.input.waitFor();
        }),
    );

    test(
        "Escape that drops a word of an input method leaves the chat open",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper({ locale: "ja" })).newPage();
            await page.goto(shop.plain(gateway.base, key, { lang: "ja" }));
            const chat = chatOf(page);
            await chat.open();
            const escape = (isComposing) =>
                chat.input.evaluate(
                    (input, isComposing) =>
                        input.dispatchEvent(
                            new KeyboardEvent("keydown", { key: "Escape", isComposing, bubbles: true, composed: true }),
                        ),
                    isComposing,
                );
            await escape(true);
            assert.equal(await chat.panel.count(), 1);
            await escape(false);
            await chat.panel.waitFor({ state: "detached" });
        }),
    );

    test(
        "a banner that asks for consent stays above the button where the page says so, and below the open chat",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const head = `<style>:root { --vestibule-z-index: 1000 }
                #banner { position: fixed; inset: auto 0 0; height: 90px; background: #eee; z-index: 1100; text-align: end; }</style>`;
            const body = `<h1>Nordwerk</h1><div id="banner"><button style="width: 200px; height: 90px">Accept</button></div>`;
            await page.goto(shop.plain(gateway.base, key, { head, body }));
            const chat = chatOf(page);
            await chat.launcher.waitFor();
            await page.getByRole("button", { name: "Accept" }).click({ position: { x: 150, y: 40 } });
            await page.evaluate(() => window.Vestibule.open());
            await chat.input.click();
            await chat.ask(DELIVERY);
            await chat.answer();
        }),
    );

    test(
        "where React puts the whole page together the chat stands in the body, elsewhere beside it",
        scene(async ({ shopper, shop, gateway, key }) => {
            for (const [head, parent] of [
                ["", "html"],
                ["<script>window.__remixContext = {}</script>", "body"],
                ["<script>(self.__next_f = self.__next_f || []).push([0])</script>", "body"],
            ]) {
                const page = await (await shopper()).newPage();
                await page.goto(shop.plain(gateway.base, key, { head }));
                await chatOf(page).launcher.waitFor();
                const element = page.locator("vestibule-chat");
                assert.equal(await element.evaluate((chat) => chat.parentElement.localName), parent);
            }
        }),
    );
}
