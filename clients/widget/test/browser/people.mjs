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
            await chat.panel.getByRole("button", { name: "Send" }).click();
            await chat.panel.getByText("Thank you! Our team will get back to you.").waitFor();
            const [{ contact, message, locale }] = await world.gateway.staff.handovers();
            assert.deepEqual(contact, {
                name: "Mona",
                email: "mona@example.com",
                phone: null,
                order_number: "4711",
                company: null,
            });
            assert.deepEqual([message, locale], ["Where is it?", "en"]);
            assert.deepEqual(await page.evaluate(() => window.told.map(({ way }) => way)), ["shown", "form"]);
        }),
    );

    test(
        "a form belongs to the conversation, is kept once however often it is sent, and says what is wrong",
        scene(async (world) => {
            await world.settings({
                support: { handoff_mode: "contact_form", prechat_fields: ["phone"], trigger_phrases: ["somebody"] },
            });
            const before = (await world.gateway.staff.handovers()).length;
            const page = await openChat(world);
            const tries = [];
            // It is kept, and the answer is lost on the way.
            await page.route(/widget\/handover/, async (route) => {
                tries.push(route.request().postDataJSON());
                if (tries.length !== 2) return route.continue();
                await route.fetch();
                return route.abort();
            });
            const chat = chatOf(page);
            await chat.open();
            await chat.ask("I want to talk to somebody about delivery");
            const form = chat.panel.locator("form");
            await form.getByLabel("Phone").fill("no number");
            await form.getByLabel("Your message").fill("Please call me.");
            const send = form.getByRole("button", { name: "Send" });
            await send.click();
            await form.getByText("Please check the marked fields.").waitFor();
            assert.equal(await form.getByLabel("Phone").getAttribute("aria-invalid"), "true");
            assert.ok(await form.getByLabel("Phone").evaluate((input) => input === input.getRootNode().activeElement));
            await form.getByLabel("Phone").fill("+49 30 123456");
            await send.click();
            await form.getByText("This could not be sent. Please try again.").waitFor();
            await send.click();
            await form.getByText("Thank you! Our team will get back to you.").waitFor();
            const kept = await world.gateway.staff.handovers();
            assert.equal(kept.length, before + 1, "once");
            assert.equal(kept[0].contact.phone, "+49 30 123456");
            // In the conversation, whose question is written a moment after its answer.
            const exchanges = async () => (await world.gateway.staff.handovers())[0].conversation.exchanges;
            while ((await exchanges()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
            assert.deepEqual(await page.evaluate(() => window.told.map(({ by, way }) => `${by} ${way}`)), [
                "gateway shown",
                "gateway form",
            ]);
        }),
    );

    test(
        "where consent is asked for, it is asked for with the form, and a conversation may begin with one",
        scene(async (world) => {
            await world.settings({
                settings: { consent_required: true },
                support: {
                    handoff_mode: "webhook",
                    webhook_url: "https://desk.shop.example/in",
                    after_hours: "contact_form",
                    business_hours: { weekly: hardlyEver() },
                },
            });
            const before = (await world.gateway.staff.handovers()).length;
            const page = await openChat(world);
            const chat = chatOf(page);
            await chat.launcher.click();
            const form = chat.panel.locator("form");
            await form.getByLabel("Email").fill("mona@example.com");
            await form.getByLabel("Your message").fill("With consent.");
            await form.getByRole("button", { name: "Send" }).click();
            assert.ok(await form.getByRole("checkbox").evaluate((box) => box.validity.valueMissing));
            assert.equal((await world.gateway.staff.handovers()).length, before);
            await form.getByLabel("I agree that my details are used to answer me.").check();
            await form.getByRole("button", { name: "Send" }).click();
            await form.getByText("Thank you! Our team will get back to you.").waitFor();
            const [kept] = await world.gateway.staff.handovers();
            assert.deepEqual([kept.message, kept.consented], ["With consent.", true]);
            assert.equal(kept.conversation.exchanges, 0);
        }),
    );

    test(
        "a preview shows settings, and asks, sends and keeps nothing",
        scene(async (world) => {
            const config = {
                locale: "de",
                title: "Beratung <b>",
                tagline: null,
                greeting: "Servus!",
                placeholder: null,
                suggested: ["Wie lange dauert der Versand?"],
                ai_disclosure: "Hier antwortet eine KI.",
                max_message_chars: 4000,
                appearance: {
                    avatar_url: null,
                    logo_url: null,
                    brand_color: "#00AA55",
                    text_color: "#FFFFFF",
                    theme: "light",
                    position: "bottom-left",
                    auto_open_secs: null,
                    show_sources: false,
                    show_powered_by: false,
                },
                cards: { fields: ["title"], max: 3, cta: "Ansehen", utm: {} },
                privacy: { consent_required: true, privacy_url: null },
                support: {
                    handoff_mode: "contact_form",
                    email: null,
                    phone: null,
                    url: null,
                    prechat_fields: [],
                    after_refusals: null,
                    after_hours: "chat",
                    offline_message: null,
                },
                business_hours: { open: true, reason: "weekly", label: null, opens_at: null, closes_at: null },
                capabilities: { feedback: true, handover: true },
            };
            const shown = JSON.stringify(config).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
            const end = `<vestibule-chat preview="${shown}" position="inline" style="display:block;height:600px"></vestibule-chat>
                <script type="module" src="${world.gateway.base}/widget.js"></script>`;
            const page = await (await world.shopper()).newPage();
            const asked = [];
            page.on("request", (request) => request.url().includes("/api/") && asked.push(request.url()));
            await page.goto(world.shop.add({ end, body: "<main><h1>Preview</h1></main>" }));
            const { panel } = chatOf(page);
            await panel.getByRole("heading", { name: "Beratung <b>" }).waitFor();
            await panel.getByText("Servus!").waitFor();
            await panel.getByText("Hier antwortet eine KI.").waitFor();
            await panel.getByRole("button", { name: "Zustimmen und beginnen" }).click();
            await panel.getByRole("button", { name: "Wie lange dauert der Versand?" }).click();
            await panel.getByRole("button", { name: "Weitere Optionen" }).click();
            await panel.getByRole("button", { name: "Mit einem Menschen sprechen" }).click();
            const form = panel.locator("form");
            await form.getByRole("checkbox").check();
            await form.locator("[name=email]").fill("a@b.example");
            await form.locator("[name=message]").fill("Hallo");
            await form.getByRole("button", { name: "Senden" }).click();
            await form.getByText("Danke!").waitFor();
            assert.deepEqual(asked, []);
            assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
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
