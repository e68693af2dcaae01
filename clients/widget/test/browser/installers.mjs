// What puts the script into a page, or holds it back: tag managers, Rocket Loader, plugins that delay scripts, a policy that
// a platform brings along. Each does here what the original does to a script element; the originals are not ours to run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const documentation = await readFile(join(import.meta.dirname, "../../../../docs/widget.md"), "utf8");

/** The code that a shop is told to put into a tag. */
function tagOf(gateway, key) {
    const [, code] = /### From a tag manager[\s\S]*?```html\n([\s\S]*?)```/.exec(documentation);
    const filled = code.replace("https://chat.shop.example", gateway.base).replace(/vst_pk_live_…/, key);
    assert.ok(filled.includes(key) && filled.includes(gateway.base), "the documentation has a tag to copy");
    return filled;
}

/** In a page, as text that ends no script. */
const quoted = (text) => JSON.stringify(text).replaceAll("<", "\\u003c");

/**
 * Google Tag Manager publishes scripts of a tag under a type of its own with their address in another attribute, has the
 * browser read the tag as markup, and makes each of those scripts anew: of their attributes it takes what is here.
 */
const tagManager = (html) => `<script>
    const tag = document.createElement("div");
    tag.style.display = "none";
    tag.innerHTML = ${quoted(html)}.replace(/<script/g, '<script type="text/gtmscript"').replace(/ src=/g, " data-gtmsrc=");
    for (const child of [...tag.childNodes]) {
        if (child.nodeName !== "SCRIPT") { document.body.appendChild(child); continue; }
        const script = document.createElement("script");
        script.async = false;
        script.type = "text/javascript";
        script.id = child.id;
        script.text = child.text;
        if (child.dataset.gtmsrc) script.src = child.dataset.gtmsrc;
        document.body.appendChild(script);
    }
</script>`;

/** Tags that ask for it are written into the page while that is still being read. */
const writer = (html) => `<script>document.write(${quoted(html)})</script>`;

const INTERACTION = `const once = (run) => { const names = ["keydown", "mousemove", "touchstart", "wheel"];
    const go = () => { names.forEach((name) => removeEventListener(name, go)); run(); };
    names.forEach((name) => addEventListener(name, go, { passive: true })); };`;
/** A new element with the attributes of the old one, in its place. */
const MADE_ANEW = `const madeAnew = (old, renamed) => { const script = document.createElement("script");
    for (const { name, value } of old.attributes) if (name !== "type") script.setAttribute(renamed[name] ?? name, value);
    old.replaceWith(script); };`;

const delays = {
    // Cloudflare's: the type has a number before it, and is given back when the page has been loaded.
    "Rocket Loader": (script) =>
        `${script.replace('type="module"', 'type="4558dd39f62761c94e962170-module"')}<script>addEventListener("load", () => {
            const old = document.querySelector("script[type$='-module']"), script = document.createElement("script");
            for (const { name, value } of old.attributes) script.setAttribute(name, value);
            script.type = old.type.replace(/^[0-9a-f]+-/, "");
            old.replaceWith(script); });</script>`,
    // WP Rocket, in Chrome: the element itself gets its type and address back, once somebody moves.
    "WP Rocket": (script) =>
        `${script.replace("type=", 'type="rocketlazyloadscript" data-rocket-type=').replace(" src=", " data-rocket-src=")}
        <script>${INTERACTION} once(() => { const script = document.querySelector("script[type=rocketlazyloadscript]");
            script.type = script.dataset.rocketType; script.src = script.dataset.rocketSrc; });</script>`,
    // WP Rocket, in Firefox and Safari.
    "WP Rocket with new elements": (script) =>
        `${script.replace("type=", 'type="rocketlazyloadscript" data-rocket-type=').replace(" src=", " data-rocket-src=")}
        <script>${INTERACTION} ${MADE_ANEW} once(() => madeAnew(document.querySelector("script[type=rocketlazyloadscript]"),
            { "data-rocket-type": "type", "data-rocket-src": "src" }));</script>`,
    // LiteSpeed Cache: the module comes back as a classic script.
    "LiteSpeed Cache": (script) =>
        `${script.replace('type="module"', 'type="litespeed/javascript"').replace(" src=", " data-src=")}
        <script>${INTERACTION} ${MADE_ANEW} once(() => madeAnew(document.querySelector("script[type='litespeed/javascript']"),
            { "data-src": "src" }));</script>`,
    // WP Meteor: meanwhile the page pretends that it is still being read, and says later that it was.
    "WP Meteor": (script) =>
        `${script.replace('type="module"', 'type="javascript/blocked"').replace(" src=", " data-src=")}
        <script>${INTERACTION} ${MADE_ANEW} once(() => {
            Object.defineProperty(document, "readyState", { configurable: true, get: () => "loading" });
            madeAnew(document.querySelector("script[type='javascript/blocked']"), { "data-src": "src" });
            document.querySelector("script[data-key]").addEventListener("load", () => {
                delete document.readyState;
                document.dispatchEvent(new Event("DOMContentLoaded", { bubbles: true })); });
        });</script>`,
};

/** What Magento says of the pages of a shop unless it is changed (module Csp, etc/config.xml), with hosts of `csp_whitelist.xml`. */
const magento = (hosts) =>
    [
        "base-uri 'self' 'unsafe-inline'",
        "default-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "child-src http: https: blob: 'self' 'unsafe-inline'",
        `connect-src 'self' 'unsafe-inline' ${hosts}`,
        `script-src 'self' 'unsafe-inline' 'unsafe-eval' ${hosts}`,
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' 'unsafe-inline' data:",
        ...["manifest", "media", "object", "frame", "font"].map((name) => `${name}-src 'self' 'unsafe-inline'`),
        "form-action 'self' 'unsafe-inline'",
    ].join("; ");

async function answered(page) {
    const chat = chatOf(page);
    await chat.open();
    await chat.ask("How long does delivery take?");
    assert.match(await (await chat.answer()).innerText(), /working days/);
    assert.equal(await page.locator("vestibule-chat").count(), 1);
}

export function installers(scene) {
    test(
        "the tag of the documentation works from a tag manager and written into the page",
        scene(async ({ shopper, shop, gateway, key }) => {
            for (const put of [tagManager, writer]) {
                const page = await (await shopper()).newPage();
                await page.goto(shop.add({ end: put(tagOf(gateway, key)) }));
                await answered(page);
            }
        }),
    );

    test(
        "a tag manager that drops attributes gets no chat out of the script alone, as the documentation says",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.add({ end: tagManager(shop.script(gateway.base, key)) }));
            await page.waitForFunction(() => window.Vestibule);
            assert.equal(await page.locator("vestibule-chat").count(), 0);
        }),
    );

    for (const [name, delay] of Object.entries(delays)) {
        test(
            `a script that ${name} holds back makes one chat`,
            scene(async ({ shopper, shop, gateway, key }) => {
                const page = await (await shopper()).newPage();
                await page.goto(shop.add({ end: delay(shop.script(gateway.base, key)) }));
                if (name !== "Rocket Loader") {
                    await page.waitForLoadState("networkidle");
                    assert.equal(await page.locator("vestibule-chat").count(), 0, "it is held back");
                    await page.mouse.move(100, 100);
                }
                await answered(page);
            }),
        );
    }

    test(
        "Magento's own policy lets the chat work with the gateway on its list, and not without",
        scene(async ({ shopper, shop, gateway }) => {
            // The worker as well: `child-src` allows it.
            const key = await gateway.staff.key({ visitor_token: "required", proof_of_work: true });
            const open = async (hosts) => {
                const page = await (await shopper()).newPage();
                const refused = [];
                await page.addInitScript(() =>
                    addEventListener("securitypolicyviolation", (event) =>
                        console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`),
                    ),
                );
                page.on("console", (message) => message.text().startsWith("policy:") && refused.push(message.text()));
                const workers = [];
                page.on("worker", (worker) => workers.push(worker));
                await page.goto(shop.add({ policy: magento(hosts), end: shop.script(gateway.base, key) }));
                return { page, refused, workers };
            };
            const listed = await open(gateway.base);
            await answered(listed.page);
            assert.deepEqual(listed.refused, []);
            assert.equal(listed.workers.length, 1);
            const unlisted = await open("");
            await unlisted.page.waitForLoadState("networkidle");
            assert.deepEqual(unlisted.refused, [`policy: script-src-elem ${gateway.base}/widget.js`]);
        }),
    );
}
