// WCAG 2.2 AA, as far as a program can tell; the keyboard; what a screen reader is told.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The open menu covers some texts. */
const unknown = (data) => data?.contrastRatio === 0 && data.messageKey !== "bgOverlap";

/** What axe finds, and what it could not judge of the colours. */
async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() =>
        window.axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }),
    );
    const judged = found.passes.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes);
    const texts = judged.some(({ target }) => target.flat().includes("vestibule-chat"));
    assert.ok(texts || !(await chatOf(page).panel.count()), "axe sees no colours of the chat");
    const unjudged = found.incomplete
        .filter(({ id }) => id === "color-contrast")
        .map(({ id, nodes }) => ({ id, nodes: nodes.filter(({ any }) => unknown(any[0].data)) }));
    return [...found.violations, ...unjudged].flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`),
    );
}

export function accessibility(scene) {
    const looks = [
        ["light", {}, {}],
        ["dark", {}, { theme: "dark" }],
        ["on a phone", { viewport: { width: 320, height: 640 } }, {}],
        ["in colours that nobody could read", {}, { color: "#FFE680", "text-color": "#FFFFFF" }],
        ["in those and dark", {}, { color: "#1A1A2E", "text-color": "#222222", theme: "dark" }],
        ["from right to left", {}, {}, { lang: "ar", dir: "rtl" }],
    ];
    for (const [name, context, attributes, of] of looks) {
        test(
            `axe finds nothing ${name}`,
            scene(async ({ shopper, shop, gateway, key, settings }) => {
                await settings({
                    support: {
                        handoff_mode: "contact_form",
                        contact_email: "help@shop.example",
                        contact_phone: "+4930123456",
                    },
                });
                const page = await (await shopper(context)).newPage();
                await page.goto(shop.element(gateway.base, key, of, attributes));
                const chat = chatOf(page);
                await chat.launcher.waitFor();
                assert.deepEqual(await violations(page), [], "the button");
                await chat.open();
                assert.deepEqual(await violations(page), [], "the beginning");
                await chat.ask("What does the Cordless drill NW-18 Pro cost?");
                const answer = await chat.answer();
                await answer.locator("summary").click();
                await chat.panel.locator("header button").first().click();
                assert.deepEqual(await violations(page), [], "an answer, and the menu");
                await chat.panel.locator(".menu button").first().click();
                await chat.panel.locator("form").waitFor();
                assert.deepEqual(await violations(page), [], "the form");
            }),
        );
    }

    test(
        "the keyboard alone does it all, and focus goes where it came from",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.launcher.waitFor();
            const focused = () =>
                page.evaluate(() => {
                    const { activeElement } = document;
                    const inside = activeElement?.shadowRoot?.activeElement;
                    return inside
                        ? inside.id || inside.getAttribute("aria-label") || inside.textContent
                        : activeElement?.localName;
                });
            await page.locator("#page-button").focus();
            await page.keyboard.press("Tab");
            assert.equal(await focused(), "Open chat");
            await page.keyboard.press("Enter");
            await chat.input.waitFor();
            assert.equal(await focused(), "question");
            await page.keyboard.type("How long does delivery take?");
            await page.keyboard.press("Enter");
            await chat.answer();
            assert.equal(await focused(), "question", "the next question can be typed at once");
            const passed = [];
            for (let back = 0; back < 3; back++) {
                await page.keyboard.press("Shift+Tab");
                passed.push(await focused());
            }
            assert.deepEqual(passed.slice(0, 2), ["Not helpful", "Helpful"]);
            assert.ok(passed[2].includes("source"), passed[2]);
            await page.keyboard.press("Enter");
            await chat.panel.getByRole("link", { name: "Delivery" }).first().waitFor();
            await chat.panel.getByRole("button", { name: "More options" }).focus();
            await page.keyboard.press("Enter");
            assert.equal(await focused(), "Save conversation");
            await page.keyboard.press("Escape");
            assert.equal(await focused(), "More options");
            await page.keyboard.press("Escape");
            assert.equal(await focused(), "Open chat");
        }),
    );

    test(
        "the focus is not lost when what was pressed goes away",
        scene(async ({ shopper, shop, gateway, key, settings, control }) => {
            await settings({ support: { handoff_mode: "contact_form" } });
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            const press = async (button, then) => {
                await button.focus();
                await page.keyboard.press("Enter");
                await then.waitFor();
                await page.waitForFunction(() => document.activeElement.shadowRoot?.activeElement?.id === "question");
            };
            const named = (name) => chat.panel.getByRole("button", { name });
            await control({ token_delay_ms: 50, tokens: 300 });
            try {
                const writing = chat.panel.locator("article[data-state=writing] .text:not(:empty)");
                await press(named("How long does delivery take?"), writing);
                await press(named("Stop answering"), chat.log.getByText("You stopped this answer."));
            } finally {
                await control(null, "DELETE");
            }
            await control({ failure: { abort_frame: { error: "no" } }, times: 1 });
            await chat.ask("Which warranty is there?");
            await press(named("Try again"), chat.panel.locator("article[data-state=done]"));
            await named("Not helpful").last().click();
            await press(named("Incomplete"), chat.log.getByText("Thank you for telling us."));
            await named("More options").click();
            await named("Talk to a person").click();
            await chat.panel.getByLabel("Email").fill("ada@shop.example");
            await chat.panel.getByLabel("Your message").fill("Please call");
            await press(chat.panel.locator("form button"), chat.log.getByText("Thank you! Our team"));
            // Whoever is elsewhere on the page is not brought back.
            await page.locator("#page-button").focus();
            await page.evaluate(() => window.Vestibule.chats[0].identify(null));
            assert.equal(await page.evaluate(() => document.activeElement.id), "page-button");
        }),
    );

    test(
        "the reasons for a thumb down are in sight at once",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            for (const question of ["Which warranty is there?", "How long does delivery take?"]) {
                await chat.ask(question);
                await chat.answer();
            }
            const last = chat.panel.locator("article").last();
            await last.getByRole("button", { name: "Not helpful" }).click();
            await last.locator(".note", { hasText: "What was wrong?" }).waitFor();
            const reasons = last.getByRole("group", { name: "What was wrong?" });
            await reasons.waitFor();
            const end = (locator) => locator.evaluate((element) => element.getBoundingClientRect().bottom);
            const [shown, whole] = [await end(reasons), await end(chat.log)];
            assert.ok(shown <= whole + 1, `down to ${shown} of ${whole}`);
        }),
    );

    test(
        "on a phone the focus stays in the panel",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper({ viewport: { width: 320, height: 640 } })).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            for (let n = 0; n < 15; n++) {
                await page.keyboard.press("Tab");
                assert.equal(await page.evaluate(() => document.activeElement.localName), "vestibule-chat");
            }
        }),
    );

    test(
        "a screen reader is told an answer once and whole, not word by word",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await page.evaluate(() => {
                window.heard = [];
                const status = document
                    .querySelector("vestibule-chat")
                    .shadowRoot.querySelector(".panel > [role=status]");
                new MutationObserver(() => window.heard.push(status.textContent)).observe(status, {
                    childList: true,
                    characterData: true,
                    subtree: true,
                });
            });
            await chat.ask("How long does delivery take?");
            const answer = await chat.answer();
            await page.waitForFunction(() => window.heard.length > 1);
            const heard = await page.evaluate(() => window.heard);
            assert.equal(heard.length, 2);
            assert.equal(heard[0], "Writing an answer");
            assert.match(heard[1], /working days/);
            assert.equal(await chat.log.getAttribute("aria-live"), "off");
            assert.ok(
                (await answer.innerText()).replace(/\s+/g, " ").includes(heard[1].replace(/\s+/g, " ").slice(0, 60)),
            );
        }),
    );

    test(
        "who wants no motion gets none",
        scene(async ({ shopper, shop, gateway, key }) => {
            for (const [reducedMotion, animation] of [
                ["no-preference", "rise"],
                ["reduce", "none"],
            ]) {
                const page = await (await shopper({ reducedMotion })).newPage();
                await page.goto(shop.plain(gateway.base, key));
                const chat = chatOf(page);
                await chat.open();
                assert.equal(await chat.panel.evaluate((panel) => getComputedStyle(panel).animationName), animation);
            }
        }),
    );
}
