// What goes wrong on the way: nobody loses a question.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatOf } from "../support/world.mjs";
import { startWire } from "../support/wire.mjs";

const DELIVERY = "How long does delivery take?";

export function network(scene) {
    test(
        "a question that is asked offline is kept, and goes out when the network is back",
        scene(async ({ shopper, shop, gateway, key }) => {
            const browser = await shopper();
            const page = await browser.newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await browser.setOffline(true);
            await chat.ask(DELIVERY);
            await chat.panel
                .getByText("You are offline. Your question is kept and will be sent when you are back.")
                .waitFor();
            await browser.setOffline(false);
            assert.match(await (await chat.answer()).innerText(), /working days/);
            assert.equal(await chat.panel.locator("article").count(), 1);
        }),
    );

    test(
        "a stream that is cut keeps what came, and is asked again with a click",
        scene(async ({ shopper, shop, gateway, key, control }) => {
            const wire = await startWire(gateway.base);
            await control({ token_delay_ms: 50, tokens: 200 });
            try {
                const page = await (await shopper({ via: wire.base })).newPage();
                await page.goto(shop.plain(wire.base, key));
                const chat = chatOf(page);
                await chat.open();
                await chat.ask(DELIVERY);
                await chat.panel.locator("article[data-state=writing] .text:not(:empty)").waitFor();
                wire.cut();
                const answer = await chat.answer();
                assert.equal(await answer.getAttribute("data-state"), "cut");
                assert.match(
                    await answer.innerText(),
                    /According[\s\S]*The connection was lost, so this answer may not be complete\./,
                );
                await control(null, "DELETE");
                await page.reload();
                await chat.panel.getByText(DELIVERY, { exact: true }).first().waitFor();
                await chat.panel.getByRole("button", { name: "Try again" }).click();
                assert.match(await chat.panel.locator("article[data-state=done]").last().innerText(), /working days/);
            } finally {
                await control(null, "DELETE");
                await wire.stop();
            }
        }),
    );

    test(
        "an answer that the gateway completed while nobody read is shown whole",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            // The answer of the gateway, of which only the beginning arrives.
            await page.route(/\/api\/v1\/chat$/, async (route) => {
                const answer = await route.fetch();
                const text = await answer.text();
                await route.fulfill({ response: answer, body: text.slice(0, text.indexOf("event: delta", 600)) });
            });
            await chat.ask(DELIVERY);
            const answer = await chat.answer();
            // Whether it is the whole one nobody can tell, so it says that it may not be.
            assert.match(await answer.innerText(), /working days[\s\S]*may not be complete/);
        }),
    );

    test(
        "a gateway that is away for a moment is asked again by itself, once it is back",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            let refused = 0;
            await page.route(/\/api\/v1\/chat$/, (route) =>
                route.request().method() === "POST" && refused++ < 1 ? route.abort() : route.fallback(),
            );
            await chat.ask(DELIVERY);
            await chat.panel.getByText("The connection is slow. Trying again …").waitFor();
            assert.match(await (await chat.answer()).innerText(), /working days/);
            assert.equal(refused, 2);
        }),
    );

    test(
        "a gateway that asks for patience gets it, and a limit without an end is told",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            let calls = 0;
            const refusal = (code, retryAfter) => ({
                status: 429,
                contentType: "application/problem+json",
                headers: { "Access-Control-Allow-Origin": "*" },
                body: JSON.stringify({ code, detail: "limit", retry_after: retryAfter }),
            });
            await page.route(/\/api\/v1\/chat$/, (route) => {
                if (route.request().method() !== "POST") return route.fallback();
                calls++;
                return calls === 1
                    ? route.fulfill(refusal("rate_limited", 1))
                    : calls === 3
                      ? route.fulfill(refusal("quota_exceeded", 3600))
                      : route.fallback();
            });
            await chat.ask(DELIVERY);
            assert.match(await (await chat.answer()).innerText(), /working days/);
            assert.equal(calls, 2);
            await chat.ask("Which warranty is there?");
            await chat.log
                .getByText("The assistant has answered all it can for now. Please come back later.")
                .waitFor();
            await chat.panel.getByRole("button", { name: "Try again" }).click();
            await chat.panel.locator("article[data-state=done]").nth(1).waitFor();
            assert.equal(await chat.panel.locator("article").count(), 2);
        }),
    );

    test(
        "a model that fails is told in a sentence, and the question can be sent again",
        scene(async ({ shopper, shop, gateway, key, control }) => {
            await control({ failure: { abort_frame: { error: "500 secret provider error" } }, times: 1 });
            try {
                const page = await (await shopper()).newPage();
                await page.goto(shop.plain(gateway.base, key));
                const chat = chatOf(page);
                await chat.open();
                await chat.ask(DELIVERY);
                await chat.log.getByText("The assistant cannot answer right now. Please try again later.").waitFor();
                assert.doesNotMatch(await chat.panel.innerText(), /secret/);
                await chat.panel.getByRole("button", { name: "Try again" }).click();
                assert.match(await chat.panel.locator("article[data-state=done]").last().innerText(), /working days/);
            } finally {
                await control(null, "DELETE");
            }
        }),
    );

    test(
        "an answer that the assistant breaks off is not called one that cannot be given",
        scene(async ({ shopper, shop, gateway, key, control }) => {
            await control({ failure: { drop_mid_stream: { after_frames: 3 } }, times: 1 });
            try {
                const page = await (await shopper()).newPage();
                await page.goto(shop.plain(gateway.base, key));
                const chat = chatOf(page);
                await chat.open();
                await chat.ask(DELIVERY);
                const answer = await chat.answer();
                assert.equal(await answer.getAttribute("data-state"), "cut");
                assert.match(await answer.innerText(), /According[\s\S]*may not be complete\.[\s\S]*Try again/);
            } finally {
                await control(null, "DELETE");
            }
        }),
    );

    test(
        "what could not be sent is not shown as if it was, and can be seen to have failed",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper({ viewport: { width: 390, height: 640 } })).newPage();
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.open();
            await chat.ask(DELIVERY);
            const answer = await chat.answer();
            const away = /\/api\/v1\/messages[/?]/;
            await page.route(away, (route) => route.abort());
            const down = answer.getByRole("button", { name: "Not helpful" });
            await down.click();
            await answer.getByText("This could not be sent. Please try again.").waitFor();
            assert.equal(await down.getAttribute("aria-pressed"), "false");
            assert.equal(await answer.getByRole("button", { name: "Incomplete" }).count(), 0);
            await chat.panel.getByRole("button", { name: "More options" }).click();
            await chat.panel.getByRole("button", { name: "Start over" }).click();
            await chat.panel.getByRole("button", { name: "Delete" }).click();
            const failed = chat.panel.locator(".box .note.bad");
            await failed.getByText("This could not be sent.").waitFor();
            const whole = () =>
                failed.evaluate((note) => {
                    const [seen, log] = [note, note.closest(".log")].map((each) => each.getBoundingClientRect());
                    return seen.bottom <= log.bottom;
                });
            assert.ok(await whole(), "it is in sight");
            await page.unroute(away);
            await down.click();
            await answer.getByRole("button", { name: "Incomplete" }).click();
            await answer.getByText("Thank you for telling us.").waitFor();
            assert.equal(await down.getAttribute("aria-pressed"), "true");
        }),
    );

    test(
        "a chat that cannot be opened can be opened again",
        scene(async ({ shopper, shop, gateway, key }) => {
            const page = await (await shopper()).newPage();
            await page.route(/widget\/session/, (route) => route.abort());
            await page.goto(shop.plain(gateway.base, key));
            const chat = chatOf(page);
            await chat.launcher.click();
            await chat.panel.getByText("The assistant cannot answer right now. Please try again later.").waitFor();
            await page.unroute(/widget\/session/);
            await chat.panel.getByRole("button", { name: "Try again" }).click();
            await chat.ask(DELIVERY);
            assert.match(await (await chat.answer()).innerText(), /working days/);
        }),
    );

    test(
        "a slow answer says so, and a key of another page says that there is no chat",
        scene(async ({ shopper, shop, gateway, key, control }) => {
            await control({ failure: { slow: { first_token_ms: 30_000, token_ms: 1 } } });
            try {
                const page = await (await shopper()).newPage();
                await page.clock.install();
                await page.goto(shop.plain(gateway.base, key));
                const chat = chatOf(page);
                await chat.open();
                await chat.ask(DELIVERY);
                await chat.panel.locator(".dots:visible").waitFor();
                await page.clock.runFor(9000);
                await chat.panel.getByText("This is taking a little longer …").waitFor();
            } finally {
                await control(null, "DELETE");
            }
            const foreign = await gateway.staff.key({ env: "live", allowed_origins: ["https://shop.example"] });
            const page = await (await shopper()).newPage();
            await page.goto(shop.plain(gateway.base, foreign));
            await chatOf(page).launcher.click();
            await chatOf(page).chat.getByText("The chat is not available on this page.").waitFor();
        }),
    );
}
