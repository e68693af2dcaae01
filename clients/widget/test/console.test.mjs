// The console in a real Chromium: what a shop's staff does on its first day, and what axe says of every page.
// scripts/test-console.sh runs it. CONSOLE_PICTURES names a folder for pictures of every page at three widths.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chatOf, startWorld } from "./support/world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = process.env.CONSOLE_PICTURES;
/** The workspace that is there from the start. */
const SLUG = "demo-shop";
/** The address of no page. */
const NOTHING = "/console/nothing";
const WRONG_ZONE = "/console/usage?zone=Mars";
// Of pages that say that something is not right.
const ANSWERS = { [NOTHING]: 404, [WRONG_ZONE]: 422 };
const world = {};

before(
    async () => {
        Object.assign(world, await startWorld());
        // What shoppers have asked: something that the documents answer, and something that they do not.
        await ask("How long does delivery take?", "anna");
        await ask("How long does delivery take, once more?", "anna");
        await ask("Xylophone quantum philharmonic?", "berta");
    },
    { timeout: 120_000 },
);
after(() => world.stop?.());

/** Somebody at the console. */
async function staff(options = {}) {
    const context = await world.browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: "en-GB",
        reducedMotion: "reduce",
        ...options,
    });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    page.on("pageerror", (error) => assert.fail(`a script of the page failed: ${error}`));
    page.on("console", (line) => {
        if (line.type() === "error" && /Content Security Policy/.test(line.text())) assert.fail(line.text());
    });
    page.on("response", (answer) => {
        if (answer.status() === 404 && !answer.url().endsWith("/console/nothing")) {
            assert.fail(`the page asks for what is not there: ${answer.url()}`);
        }
    });
    return page;
}

async function logIn(page) {
    await page.goto(`${world.gateway.admin}/console`);
    await page.getByLabel(/^(Name)$/).fill(world.gateway.account.username);
    await page.getByLabel(/^(Password|Passwort)$/).fill(world.gateway.account.password);
    await page.getByRole("button", { name: /Log in|Anmelden/ }).click();
    const codes = page.getByRole("link", { name: /go on|weiter/ });
    await Promise.race([codes.waitFor(), page.locator(".top").waitFor()]);
    if (await codes.count()) await codes.click();
    await page.locator(".top").waitFor();
}

/** A shopper's question, as a page asks it. */
async function ask(message, visitor) {
    const answer = await fetch(`${world.gateway.base}/api/v1/chat`, {
        method: "POST",
        headers: {
            authorization: `Bearer ${world.key}`,
            origin: world.shop.origin,
            "content-type": "application/json",
        },
        body: JSON.stringify({ message, mode: "query", visitor: { id: visitor } }),
    });
    assert.equal(answer.status, 200, await answer.text());
}

/** The address of the first link of a page whose address is like this; it may take a moment to be there. */
async function linkOn(page, path, pattern) {
    for (let left = 50; ; left -= 1) {
        await page.goto(world.gateway.admin + path);
        const found = await page
            .locator("main a")
            .evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
        const place = found.find((one) => pattern.test(one));
        if (place) return place;
        assert.ok(left > 0, `no link like ${pattern} on ${path}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}

async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() =>
        window.axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }),
    );
    return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`),
    );
}

test("a shop's first day: a workspace, a key, a page of the shop, and the key's end", async () => {
    const page = await staff();
    await logIn(page);
    await page.getByRole("link", { name: "Make a workspace" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Alpine Store");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("status").filter({ hasText: "The workspace is made." }).waitFor();
    await page.getByLabel("Title", { exact: true }).fill("Alpine help");
    const preview = page.frameLocator("iframe[name=widget-preview]");
    await preview.getByRole("dialog", { name: "Alpine help" }).waitFor();
    assert.equal(
        await page.getByLabel("Title", { exact: true }).inputValue(),
        "Alpine help",
        "the fields stay as typed",
    );
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").filter({ hasText: "The settings are saved." }).waitFor();

    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByRole("link", { name: "Make a key" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("Storefront");
    await page.getByLabel("For", { exact: true }).selectOption("test");
    await page.getByLabel("Pages it may be used in").fill(world.shop.origin);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByText("This is the only time the key is shown.").waitFor();
    const snippet = await page.locator("details[open] pre code").first().textContent();
    assert.match(snippet, /data-key="vst_pk_test_/);

    const shopper = await world.visit();
    const shop = await shopper.newPage();
    const address = world.shop.add({ end: snippet });
    await shop.goto(address);
    const chat = chatOf(shop);
    await chat.launcher.waitFor();
    await chat.open();
    await chat.ask("How long does delivery take?");
    await chat.answer();

    await page.getByRole("link", { name: "I have copied it" }).click();
    await page.getByRole("heading", { name: "Where it was used in the last 31 days" }).waitFor();
    await page.getByText("Revoke it for good").click();
    await page.getByLabel("Why").fill("the day is over");
    await page.getByRole("button", { name: "Revoke for good" }).click();
    await page.getByRole("status").filter({ hasText: "The key is revoked for good." }).waitFor();

    const again = await fetch(`${world.gateway.base}/api/v1/widget/config`, {
        headers: { origin: world.shop.origin, "x-widget-key": /data-key="([^"]+)"/.exec(snippet)[1] },
    });
    assert.equal(again.status, 401);
    assert.equal((await again.json()).code, "key_revoked");
    await shopper.close();
    await page.context().close();
});

test("what a shopper said is looked at, counted, erased once it is meant, and shown in a receipt", async () => {
    await ask("Do you ship swordfish?", "carla");
    const page = await staff();
    await logIn(page);
    const inbox = `/console/workspaces/${SLUG}/conversations`;
    await linkOn(page, `${inbox}?q=swordfish`, /conversations\/[0-9a-f-]{36}$/);
    await page.getByRole("link", { name: /swordfish/ }).click();
    await page.getByText("Erase", { exact: true }).click();
    await page.getByRole("button", { name: "Everything of this visitor…" }).click();
    await page.getByRole("heading", { name: "What would be erased" }).waitFor();
    assert.equal(await page.locator(".stat", { hasText: "Conversations" }).locator("strong").textContent(), "1");
    await page.getByLabel("Yes, erase it for good").check();
    await page.getByRole("button", { name: "Erase for good" }).click();
    await page.getByRole("heading", { name: "Receipt of an erasure" }).waitFor();
    // The page follows by itself.
    await page.getByText("Nothing that can be found.").waitFor();
    await page
        .getByRole("row", { name: /read back and found empty/ })
        .getByText("1", { exact: true })
        .waitFor();
    assert.equal(await page.locator("[data-live]").count(), 0);
    await page.goto(`${world.gateway.admin}${inbox}?q=swordfish`);
    await page.getByText("No conversation is like that.").waitFor();
    await page.context().close();
});

test("a webhook is made, its secret is copied, and a test shows by itself what came of it", async () => {
    const page = await staff({ permissions: ["clipboard-read", "clipboard-write"] });
    await logIn(page);
    await page.goto(`${world.gateway.admin}/console/workspaces/${SLUG}/webhooks`);
    await page.getByRole("link", { name: "Make a webhook" }).click();
    await page.getByLabel("Address").fill("https://user:password@hooks.invalid/");
    await page.getByRole("button", { name: "Make a webhook" }).click();
    await page.locator("#f-url-fault").waitFor();
    await page.locator("#f-events-fault").waitFor();
    await page.getByLabel("Address").fill("https://hooks.invalid/vestibule");
    await page.getByLabel("Description").fill("On call");
    await page.getByLabel("A quota is used up").check();
    await page.getByLabel("Many answers find nothing").check();
    await page.getByRole("button", { name: "Make a webhook" }).click();
    await page.getByText("This is the only time that the secret is shown.").waitFor();
    await page.getByRole("button", { name: "Copy" }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^whsec_/);
    await page.getByRole("link", { name: "I have copied it" }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByRole("status").filter({ hasText: "A message is on its way." }).waitFor();
    // Nobody is there: the first attempt fails, and the page shows it without being asked.
    await page.getByText("Next attempt").first().waitFor();
    await page.context().close();
});

test("axe finds nothing on any page, in the light and in the dark, on a phone, in German", async () => {
    const looks = [
        ["light", { colorScheme: "light" }],
        ["dark", { colorScheme: "dark" }],
        ["phone", { viewport: { width: 320, height: 640 }, locale: "de-DE" }],
    ];
    const found = [];
    for (const [name, options] of looks) {
        const page = await staff(options);
        await page.goto(`${world.gateway.admin}/console/login`);
        found.push(...(await violations(page)).map((one) => `${name}, login: ${one}`));
        await logIn(page);
        for (const [what, path] of await pages(page)) {
            await open(page, path);
            found.push(...(await violations(page)).map((one) => `${name}, ${what}: ${one}`));
            const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            if (wider > 0) found.push(`${name}, ${what}: ${wider} px wider than the window`);
        }
        await page.context().close();
    }
    assert.deepEqual(found, []);
});

test("pictures of every page", { skip: !PICTURES }, async () => {
    await mkdir(PICTURES, { recursive: true });
    for (const [look, options] of [
        ["320", { viewport: { width: 320, height: 700 } }],
        ["768", { viewport: { width: 768, height: 900 }, colorScheme: "dark" }],
        ["1280", { viewport: { width: 1280, height: 900 } }],
    ]) {
        const page = await staff(options);
        await page.goto(`${world.gateway.admin}/console/login`);
        await page.screenshot({ path: join(PICTURES, `login-${look}.png`) });
        await logIn(page);
        for (const [what, path] of await pages(page)) {
            await open(page, path);
            await page.screenshot({ path: join(PICTURES, `${what}-${look}.png`), fullPage: true });
        }
        await page.context().close();
    }
});

/** Opens a page by its address, or as somebody gets there who has to send a form first. */
async function open(page, path) {
    if (typeof path === "function") return path(page);
    const answer = await page.goto(world.gateway.admin + path);
    // A refusal has nothing that axe could find on the page that was meant.
    assert.equal(answer.status(), ANSWERS[path] ?? 200, path);
}

/** A shop that is connected, with a run that has failed: nobody is at its address. */
async function connect(page) {
    const at = (path) => `${world.gateway.admin}/console/workspaces/${SLUG}/${path}`;
    await page.goto(at("catalogue/store"));
    await page.locator('[name="platform"]').selectOption("feed");
    await page.locator('[name="store_url"]').fill("https://shop.invalid");
    await page.locator('[name="feed_url"]').fill("https://shop.invalid/feed.csv");
    await page.locator('[name="feed_format"]').selectOption("csv");
    // Only fields of the chosen kind are there.
    assert.equal(await page.locator('[name="credentials.token"]').isVisible(), false);
    await page.locator('[name="credentials"]').selectOption("bearer");
    await page.locator('[name="credentials.token"]').fill("sekrit-sekrit-sekrit");
    assert.equal(await page.locator('[name="credentials.password"]').isVisible(), false);
    assert.equal(await page.locator('[name="schedule.cron"]').isVisible(), false);
    await page.locator("main form .primary").click();
    await page.locator('form[action$="/runs"] .primary').click();
    await page.waitForURL(/\/catalogue\/runs\//);
    // It follows the run by itself until that is over.
    await page.locator("[data-events]").waitFor({ state: "detached" });
}

/** Every page, with some that are not right. */
async function pages(page) {
    const key = await linkOn(page, "/console/keys", /^\/console\/keys\/./);
    const at = (path) => `/console/workspaces/${SLUG}/${path}`;
    const conversation = await linkOn(page, at("conversations"), /conversations\/[0-9a-f-]{36}$/);
    await linkOn(page, at("gaps"), /conversations\/[0-9a-f-]{36}$/);
    const runs = /catalogue\/runs\/[0-9a-f-]{36}$/;
    await page.goto(world.gateway.admin + at("catalogue"));
    if (!(await page.locator('form[action$="/runs"]').count())) await connect(page);
    const run = await linkOn(page, at("catalogue"), runs);
    const webhook = await linkOn(page, at("webhooks"), /webhooks\/[0-9a-f-]{36}$/);
    const receipt = await linkOn(page, at("privacy"), /erasures\/[0-9a-f-]{36}$/);
    const sent = (form, fields, status) => async (page) => {
        await open(page, form.page);
        for (const [name, value] of Object.entries(fields)) await page.locator(`[name="${name}"]`).first().fill(value);
        const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
        // As a browser without the checks that this one makes before it sends.
        await page.locator(form.selector).evaluate((form) => form.submit());
        assert.equal((await answered).status(), status, form.page);
        await page.locator(".top").waitFor();
    };
    const changing = { page: webhook, selector: "#change form" };
    const finding = { page: at("privacy"), selector: "#find form" };
    return [
        ["overview", "/console"],
        ["workspace", `/console/workspaces/${SLUG}`],
        ["conversations", at("conversations")],
        ["conversations-none", at("conversations?q=nothing-like-that")],
        ["conversation", conversation],
        ["gaps", at("gaps")],
        ["assistant", at("assistant")],
        ["keys", "/console/keys"],
        ["keys-none", "/console/keys?q=nothing-like-that"],
        ["key", key],
        ["new-key", `/console/new-key?workspace=${SLUG}`],
        ["new-secret-key", "/console/new-key?kind=secret"],
        ["new-workspace", "/console/new-workspace"],
        ["catalogue", at("catalogue")],
        ["run", run],
        ["store", at("catalogue/store")],
        [
            "store-wrong",
            sent({ page: at("catalogue/store"), selector: "main form" }, { store_url: "ftp://nowhere" }, 422),
        ],
        ["usage", `/console/usage?workspace=${SLUG}`],
        ["usage-wrong", WRONG_ZONE],
        ["playground", at("playground")],
        [
            "playground-answer",
            sent({ page: at("playground"), selector: "[data-playground] form" }, { message: "Delivery?" }, 200),
        ],
        ["assistant-wrong", sent({ page: at("assistant"), selector: "#assistant" }, { "hours.monday": "ten" }, 422)],
        [
            "new-key-wrong",
            sent({ page: "/console/new-key", selector: "main form" }, { name: "x", allowed_origins: "a/b" }, 422),
        ],
        ["webhooks", at("webhooks")],
        ["new-webhook", at("new-webhook")],
        ["webhook", webhook],
        ["webhook-wrong", sent(changing, { url: "ftp://nowhere", refused_percent: "0" }, 422)],
        ["privacy", at("privacy")],
        ["privacy-found", sent(finding, { visitor_id: "anna" }, 200)],
        ["privacy-wrong", sent(finding, { visitor_id: "anna", conversation_id: "none" }, 422)],
        ["receipt", receipt],
        ["people", `/console/people?workspace=${SLUG}`],
        ["audit", "/console/audit"],
        ["system", "/console/system"],
        ["missing", NOTHING],
    ];
}
