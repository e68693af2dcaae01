// German, Arabic, Japanese: one language in the whole panel.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const words = async (language) =>
    JSON.parse(await readFile(join(import.meta.dirname, `../../languages/${language}.json`), "utf8"));
/** Letters that are no part of the language's own script, names aside. */
const foreign = { de: /\b(the|your|you|open|close|with)\b/i, ar: /[a-z]{3,}/i, ja: /[a-z]{4,}/i };
const names = /Nordwerk|Vestibule|Powered by|Cordless drill NW-18 Pro|View/g;

export function languages(scene) {
    for (const [language, direction] of [
        ["de", "ltr"],
        ["ar", "rtl"],
        ["ja", "ltr"],
    ]) {
        test(
            `in ${language} all is ${language}`,
            scene(async ({ shopper, shop, gateway, key }) => {
                const text = await words(language);
                const page = await (await shopper({ locale: "en-US" })).newPage();
                await page.goto(shop.plain(gateway.base, key, { lang: language }));
                const chat = chatOf(page);
                await chat.chat.getByRole("button", { name: text.open, exact: true }).click();
                await chat.input.waitFor();
                assert.equal(
                    await page.evaluate(
                        () =>
                            getComputedStyle(
                                document.querySelector("vestibule-chat").shadowRoot.querySelector(".panel"),
                            ).direction,
                    ),
                    direction,
                );
                const written = () => chat.input.evaluate((input) => getComputedStyle(input).direction);
                assert.equal(await written(), direction, "where nothing is written yet");
                await chat.input.fill("Drill?");
                assert.equal(await written(), "ltr", "words have their own");
                await chat.input.fill("");
                const attributes = await chat.panel.evaluate((panel) =>
                    [...panel.querySelectorAll("[aria-label], [placeholder], [title]")]
                        .flatMap((element) =>
                            ["aria-label", "placeholder", "title"].map((name) => element.getAttribute(name) ?? ""),
                        )
                        .join("\n"),
                );
                const said = `${await chat.panel.innerText()}\n${attributes}`.replace(names, "");
                assert.doesNotMatch(said, foreign[language]);
                await chat.ask("Cordless drill NW-18 Pro");
                const card = (await chat.answer()).locator(".card");
                assert.match(await card.innerText(), new RegExp(text.inStock));
                const price = new Intl.NumberFormat(language, { style: "currency", currency: "EUR" }).format(149);
                assert.ok(
                    (await card.innerText())
                        .replace(/\s/g, " ")
                        .includes(price.replace(/\s/g, " ").replace(/\u200f/g, "")) ||
                        (await card.innerText()).includes(price),
                    `${price} is not in ${await card.innerText()}`,
                );
            }),
        );
    }

    test(
        "where the shop has no texts in the page's language, all is in the shop's",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key, { lang: "pl" }));
            const chat = chatOf(page);
            await chat.chat.getByRole("button", { name: "Otwórz czat" }).click();
            await chat.input.waitFor();
            await chat.panel.getByRole("button", { name: "Close chat" }).waitFor();
            // Unless the page insists.
            await page.goto(shop.plain(gateway.base, key, { lang: "pl" }, { "data-locale": "pl" }));
            await chat.panel.getByRole("button", { name: "Zamknij czat" }).waitFor();
        }),
    );

    test(
        "without the texts of a language the chat speaks English, and works",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.route(/\/widget\/languages\//, (route) => route.abort());
            await page.goto(shop.plain(gateway.base, key, { lang: "de" }));
            const chat = chatOf(page);
            await chat.launcher.click();
            await chat.panel.getByRole("button", { name: "Close chat" }).waitFor();
            await chat.ask("How long does delivery take?");
            await chat.answer();
        }),
    );

    test(
        "Enter that ends a word of an input method does not send",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper({ locale: "ja" })).newPage();
            await page.goto(shop.plain(gateway.base, key, { lang: "ja" }));
            const chat = chatOf(page);
            await chat.open();
            const client = await page.context().newCDPSession(page);
            await chat.input.focus();
            await client.send("Input.imeSetComposition", { text: "はいそう", selectionStart: 4, selectionEnd: 4 });
            await chat.input.evaluate((input) =>
                input.dispatchEvent(
                    new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }),
                ),
            );
            assert.equal(await chat.panel.locator("article").count(), 0);
            await client.send("Input.insertText", { text: "配送" });
            await chat.input.press("Enter");
            await chat.panel.locator("article").waitFor();
        }),
    );
}
