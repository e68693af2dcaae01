// The shop's people: hours, hand-over, consent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const always = DAYS.map((day) => ({ day, opens: "00:00", closes: "24:00" }));
/** One minute a week, three days from now. */
const hardlyEver = () => [{ day: DAYS[(new Date().getUTCDay() + 2) % 7], opens: "09:00", closes: "09:01" }];
const CONTACT = {
    contact_email: "help@shop.example",
    contact_phone: "+4930123456",
    contact_url: "https://shop.example/contact",
};

async function openChat({ shopper, shop, gateway, key }, options) {
    const page = await (await shopper(options)).newPage();
    await page.addInitScript(() => {
        window.told = [];
        for (const name of ["handover", "consent"])
            document.addEventListener(`vestibule:${name}`, ({ detail }) => window.told.push(detail));
    });
    await page.goto(shop.plain(gateway.base, key));
    return page;
}

export function people(scene) {
    test(
        "a person is reached from the menu, by the ways that the shop has",
        scene(async (world) => {
            await world.settings({
                support: { handoff_mode: "email", ...CONTACT, business_hours: { weekly: always } },
            });
            const page = await openChat(world);
            const chat = chatOf(page);
            await chat.open();
            await chat.panel.getByText("Our team is there").waitFor();
            await chat.panel.getByRole("button", { name: "More options" }).click();
            await chat.panel.getByRole("button", { name: "Talk to a person" }).click();
            const href = (name) => chat.panel.getByRole("link", { name }).getAttribute("href");
            assert.equal(await href("Write an email"), "mailto:help%40shop.example");
            assert.equal(await href(/Call .*\+4930123456/), "tel:+4930123456");
            assert.equal(await href("Go to the contact page"), "https://shop.example/contact");
            assert.deepEqual(await page.evaluate(() => window.told), [{ by: "menu", way: "shown" }]);
        }),
    );

    test(
        "a person is offered after refusals in a row, and one answer in between starts the count anew",
        scene(async (world) => {
            await world.settings({ support: { handoff_mode: "email", ...CONTACT, after_refusals: 2 } });
            const chat = chatOf(await openChat(world));
            await chat.open();
            const ask = async (question, n) => {
                await chat.ask(question);
                await chat.panel.locator("article[data-state=done]").nth(n).waitFor();
            };
            await ask("xyzzy plugh", 0);
            await ask("How long does delivery take?", 1);
            await ask("xyzzy plugh", 2);
            assert.equal(await chat.panel.getByText("Our team is happy to help:").count(), 0);
            await ask("plugh xyzzy", 3);
            await chat.panel.getByText("Our team is happy to help:").waitFor();
        }),
    );

    test(
        "outside the hours the chat goes on, and says when people are back",
        scene(async (world) => {
            await world.settings({
                support: {
                    handoff_mode: "email",
                    ...CONTACT,
                    offline_message: "We read mails on weekdays.",
                    business_hours: { weekly: hardlyEver() },
                },
            });
            const chat = chatOf(await openChat(world));
            await chat.open();
            await chat.panel.getByText(/^Our team is back \w+day/).waitFor();
            await chat.panel.getByText("We read mails on weekdays.").waitFor();
            await chat.ask("How long does delivery take?");
            await chat.answer();
        }),
    );

    test(
        "outside the hours a form takes the place of the chat, where the shop wants it so",
        scene(async (world) => {
            await world.settings({
                support: {
                    handoff_mode: "contact_form",
                    contact_email: "help@shop.example",
                    after_hours: "contact_form",
                    prechat_fields: ["name", "order_number"],
                    business_hours: { weekly: hardlyEver() },
                },
            });
            const page = await openChat(world);
            const chat = chatOf(page);
            await chat.launcher.click();
            assert.equal(await chat.log.evaluate((log) => log.scrollTop), 0, "it is read from its beginning");
            await chat.panel.getByLabel("Name").fill("Mona");
            assert.equal(await chat.input.count(), 0);
            await chat.panel.getByLabel("Order number").fill("4711");
            await chat.panel.getByLabel("Email").fill("mona@example.com");
            await chat.panel.getByLabel("Your message").fill("Where is it?");
            const client = await page.context().newCDPSession(page);
            await client.send("Page.enable");
            const asked = new Promise((resolve) =>
                client.once("Page.frameRequestedNavigation", ({ url }) => resolve(url)),
            );
            await chat.panel.getByRole("button", { name: "Send" }).click();
            const letter = new URL(await asked);
            assert.equal(letter.protocol + letter.pathname, "mailto:help%40shop.example");
            assert.equal(
                letter.searchParams.get("body"),
                "Where is it?\r\n\r\nName: Mona\r\nOrder number: 4711\r\nEmail: mona@example.com",
            );
            assert.deepEqual(await page.evaluate(() => window.told.map(({ way }) => way)), ["shown", "form"]);
        }),
    );

    test(
        "a form goes to the gateway where that takes it, and the gateway can ask for a person",
        scene(async (world) => {
            await world.settings({ support: { handoff_mode: "contact_form", prechat_fields: ["email"] } });
            const page = await openChat(world);
            const sent = [];
            // No gateway does either yet: what one that does would say.
            await page.route(/widget\/session/, async (route) => {
                const answer = await route.fetch();
                const body = await answer.json();
                body.config.capabilities = { handover: true };
                await route.fulfill({ response: answer, json: body });
            });
            await page.route(/api\/v1\/chat$/, async (route) => {
                const answer = await route.fetch();
                const body = (await answer.text()).replace('"refused":', '"handover":true,"refused":');
                await route.fulfill({ response: answer, body });
            });
            await page.route(/widget\/handover/, (route) => {
                const asked = route.request();
                if (asked.method() === "POST") sent.push(asked.postDataJSON());
                const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
                return route.fulfill({ status: asked.method() === "POST" && sent.length === 1 ? 503 : 204, headers });
            });
            const chat = chatOf(page);
            await chat.open();
            await chat.ask("I want to talk to somebody about delivery");
            await chat.panel.getByLabel("Email").fill("mona@example.com");
            await chat.panel.getByLabel("Your message").fill("Please call me.");
            const form = chat.panel.locator("form");
            await form.getByRole("button", { name: "Send" }).click();
            await form.getByText("This could not be sent. Please try again.").waitFor();
            await form.getByRole("button", { name: "Send" }).click();
            await form.getByText("Thank you! Our team will get back to you.").waitFor();
            const { session_id: conversation, ...fields } = sent[1];
            assert.deepEqual(fields, { email: "mona@example.com", message: "Please call me." });
            assert.ok(conversation);
            assert.deepEqual(await page.evaluate(() => window.told.map(({ by, way }) => `${by} ${way}`)), [
                "gateway shown",
                "gateway form",
                "gateway form",
            ]);
        }),
    );

    test(
        "a shop that wants no chat outside its hours has no button on the next page",
        scene(async (world) => {
            await world.settings({
                support: {
                    after_hours: "hide",
                    offline_message: "We are back on Monday.",
                    business_hours: { weekly: hardlyEver() },
                },
            });
            const page = await openChat(world);
            const chat = chatOf(page);
            await chat.launcher.click();
            await chat.panel.getByText("We are back on Monday.").first().waitFor();
            assert.equal(await chat.input.count(), 0);
            await chat.panel.getByRole("button", { name: "Close chat" }).click();
            await page.reload();
            await page.waitForFunction(() => window.Vestibule);
            assert.equal(await chat.launcher.isVisible(), false);
        }),
    );

    test(
        "where consent is asked for, nothing is sent and nothing is kept before it is given",
        scene(async (world) => {
            await world.settings({ settings: { consent_required: true } });
            const page = await openChat(world);
            const asked = [];
            page.on("request", (request) => request.url().endsWith("/api/v1/chat") && asked.push(request));
            const chat = chatOf(page);
            await page.evaluate(() => window.Vestibule.ask("How long does delivery take?"));
            await chat.panel.getByRole("button", { name: "Agree and start" }).waitFor();
            assert.equal(
                await chat.panel.getByRole("link", { name: "Privacy policy" }).getAttribute("href"),
                "https://shop.example/privacy",
            );
            assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
            assert.equal(asked.length, 0);
            await chat.panel.getByRole("button", { name: "No, thank you" }).click();
            await chat.launcher.click();
            await chat.panel.getByRole("button", { name: "Agree and start" }).click();
            assert.equal(await chat.input.inputValue(), "How long does delivery take?", "the question is still there");
            await chat.input.press("Enter");
            await chat.answer();
            assert.deepEqual(await page.evaluate(() => window.told.map(({ given }) => given)), [false, true]);
            await page.reload();
            await chat.input.waitFor();
        }),
    );

    test(
        "it opens by itself where the page says so, once",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key, {}, { "data-auto-open": "0" }));
            const chat = chatOf(page);
            await chat.input.waitFor();
            assert.equal(
                await page.evaluate(() => document.activeElement.localName),
                "body",
                "nobody's focus is taken",
            );
            await chat.panel.getByRole("button", { name: "Close chat" }).click();
            await page.reload();
            await chat.launcher.waitFor();
            await page.waitForLoadState("networkidle");
            assert.equal(await chat.panel.count(), 0);
        }),
    );
}
