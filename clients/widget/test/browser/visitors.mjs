// Who the shopper is: tokens, proofs of work, customers, tabs.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";

const DELIVERY = "How long does delivery take?";

function identityToken(secret, customer) {
    const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const message = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: customer, iat: now, exp: now + 300 })}`;
    return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
}

const countCalls = (page, path) => {
    const calls = [];
    page.on(
        "request",
        (request) => request.method() !== "OPTIONS" && new URL(request.url()).pathname === path && calls.push(request),
    );
    return calls;
};

export function visitors(scene) {
    test(
        "a token that was withdrawn in mid-visit is replaced, and the shopper notices nothing",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const sessions = countCalls(page, "/api/v1/widget/session");
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await chat.ask(DELIVERY);
            await chat.answer();
            await gateway.staff.revokeVisitorTokens();
            await chat.ask("What does the Ladder NL-100 cost?");
            await chat.panel.locator("article[data-state=done]").nth(1).waitFor();
            assert.equal(sessions.length, 2);
            await page.reload();
            await chat.panel.locator("article").nth(1).waitFor();
            assert.equal(
                await chat.panel.locator("article").count(),
                2,
                "the visitor is the same, and so is the conversation",
            );
        }),
    );

    test(
        "a token is renewed before it ends, with itself and not with the key",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const sessions = countCalls(page, "/api/v1/widget/session");
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await page.evaluate(() => {
                const [name] = Object.keys(localStorage);
                localStorage.setItem(
                    name,
                    JSON.stringify({ ...JSON.parse(localStorage.getItem(name)), renewAt: Date.now() - 1 }),
                );
            });
            await chat.ask(DELIVERY);
            await chat.answer();
            assert.equal(sessions.length, 2);
            assert.match(sessions[0].headers().authorization, /^Bearer vst_pk_/);
            assert.match(sessions[1].headers().authorization, /^Bearer eyJ/);
            await page.reload();
            await chat.panel.locator("article").waitFor();
            assert.equal(sessions.length, 2, "the next page goes on with the same token");
        }),
    );

    test(
        "a key that asks for work gets it, from a worker",
        scene(async ({ shopper, shop, gateway }) => {
            const key = await gateway.staff.key({ visitor_token: "required", proof_of_work: true });
            const page = await (await shopper()).newPage();
            const workers = [];
            page.on("worker", (worker) => workers.push(worker.url()));
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await chat.ask(DELIVERY);
            assert.match(await (await chat.answer()).innerText(), /working days/);
            assert.equal(workers.length, 1);
            assert.match(workers[0], /^blob:/);
        }),
    );

    test(
        "two tabs have one visitor and one conversation, and see each other's questions",
        scene(async ({ shopper, shop, gateway, key, control }) => {
            const browser = await shopper();
            const [one, two] = [await browser.newPage(), await browser.newPage()];
            const sessions = [countCalls(one, "/api/v1/widget/session"), countCalls(two, "/api/v1/widget/session")];
            const address = shop.plain(gateway.base, key);
            await Promise.all([one.goto(address), two.goto(address)]);
            await Promise.all([chatOf(one).open(), chatOf(two).open()]);
            assert.equal(sessions.flat().length, 1, "the second waits for the first one's token");
            await control({ token_delay_ms: 15 });
            try {
                await chatOf(one).ask(DELIVERY);
                await chatOf(two).panel.getByText("Being answered in another tab").waitFor();
                await chatOf(two).answer();
                assert.match(await chatOf(two).panel.locator("article").innerText(), /working days/);
                await chatOf(two).ask("What does the Ladder NL-100 cost?");
                await chatOf(one).panel.locator("article[data-state=done]").nth(1).waitFor();
                // Both at once: nobody loses anything.
                await Promise.all([
                    chatOf(one).ask("Which warranty is there?"),
                    chatOf(two).ask("How do returns work?"),
                ]);
                for (const page of [one, two])
                    await chatOf(page).panel.locator("article[data-state=done]").nth(3).waitFor();
                await one.reload();
                await chatOf(one).panel.locator("article").nth(3).waitFor();
                assert.equal(await chatOf(one).panel.locator("article").count(), 4);
            } finally {
                await control(null, "DELETE");
            }
            await one.bringToFront(); // a page behind another one has no frames, and cannot be clicked for seconds
            await chatOf(one).panel.getByRole("button", { name: "More options" }).click();
            await chatOf(one).panel.getByRole("button", { name: "Start over" }).click();
            await chatOf(one).panel.getByRole("button", { name: "Delete" }).click();
            await chatOf(two).panel.getByRole("group", { name: "Suggested questions" }).waitFor();
            assert.equal(await chatOf(two).panel.locator("article").count(), 0);
        }),
    );

    test(
        "a customer finds the conversation on another device, and nobody else after the logout",
        scene(async ({ shopper, shop, gateway, key }) => {
            const secret = await gateway.staff.identity({ enabled: true, enforced: false });
            try {
                const address = shop.plain(gateway.base, key);
                const arrive = async (customer) => {
                    const page = await (await shopper()).newPage();
                    await page.exposeFunction("identityToken", () => identityToken(secret, customer));
                    await page.goto(address);
                    await page.evaluate(
                        (name) => window.Vestibule.identify(() => window.identityToken(), name),
                        customer,
                    );
                    return page;
                };
                const laptop = await arrive("customer-1");
                await chatOf(laptop).open();
                await chatOf(laptop).ask(DELIVERY);
                await chatOf(laptop).answer();
                const phone = await arrive("customer-1");
                await chatOf(phone).open();
                await chatOf(phone).panel.getByText(DELIVERY, { exact: true }).first().waitFor();
                assert.equal(await chatOf(phone).panel.locator("article").count(), 1);
                await phone.evaluate(() => window.Vestibule.identify(null));
                await chatOf(phone).panel.getByRole("group", { name: "Suggested questions" }).waitFor();
                const kept = await phone.evaluate(
                    () => Object.values(localStorage).map((value) => JSON.parse(value))[0],
                );
                assert.deepEqual([kept.visitorId, kept.token, kept.conversation], [undefined, undefined, undefined]);
                const stranger = await arrive("customer-2");
                await chatOf(stranger).open();
                assert.equal(await chatOf(stranger).panel.locator("article").count(), 0);
            } finally {
                await gateway.staff.identitySettings({ enabled: false, enforced: false });
            }
        }),
    );

    test(
        "a page that says with every view that nobody is logged in takes nothing from a visitor",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            const head =
                "<script>(window.VestibuleQueue ||= []).push((vestibule) => vestibule.identify(null));</script>";
            await page.goto(shop.plain(gateway.base, key, { head }));
            const chat = chatOf(page);
            await chat.open();
            await chat.ask(DELIVERY);
            await chat.answer();
            await page.reload();
            await chat.panel.locator("article").waitFor();
        }),
    );

    test(
        "an identity that is no good, and a page that cannot tell one, keep nobody from asking",
        scene(async ({ shopper, shop, gateway, key }) => {
            const away = 'Promise.reject(new Error("the shop is away"))';
            for (const source of [`() => ${away}`, '"no.good.token"', "() => null"]) {
                const page = await (await shopper()).newPage();
                const sessions = countCalls(page, "/api/v1/widget/session");
                await page.goto(shop.plain(gateway.base, key));
                await chatOf(page).launcher.waitFor();
                await page.evaluate(`void window.Vestibule.identify(${source})`);
                const chat = chatOf(page);
                await chat.open();
                const calls = sessions.length;
                await chat.ask(DELIVERY);
                assert.match(await (await chat.answer()).innerText(), /working days/);
                assert.equal(sessions.length, calls, "it is not tried again with every call");
            }
        }),
    );

    test(
        "with storage blocked the chat works for as long as the page lives",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.addInitScript(() => {
                for (const name of ["localStorage", "sessionStorage"]) {
                    Object.defineProperty(window, name, {
                        get: () => {
                            throw new DOMException("denied", "SecurityError");
                        },
                    });
                }
            });
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await chat.ask(DELIVERY);
            await chat.answer();
            await chat.ask("Which warranty is there?");
            await chat.panel.locator("article[data-state=done]").nth(1).waitFor();
        }),
    );
}
