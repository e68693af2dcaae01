// What the browser tests share: a gateway, a shop and a browser, once for all of them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { startGateway } from "./gateway.mjs";
import { startShop } from "./shop.mjs";

const dist = join(import.meta.dirname, "../../dist");

/** Longest wait for anything on a page, on a machine that has other things to do. */
const PATIENCE = 10_000;

/** All that the shop's staff may set, as it is before each test. */
export const SETTINGS = {
    settings: {
        consent_required: false,
        privacy_url: "https://shop.example/privacy",
        locales: ["de", "ar", "ja"],
        answer_cache_ttl_secs: 0,
        max_message_chars: 4000,
    },
    widget: {
        title: "Nordwerk assistant",
        placeholder: null,
        tagline: "Workshop supplies",
        greeting: "Hello! What are you looking for?",
        brand_color: "#0B5CAD",
        text_color: "#FFFFFF",
        suggested: ["How long does delivery take?", "Which drill is right for masonry?"],
        show_sources: true,
        max_cards: 3,
        theme: "light",
        translations: {
            de: {
                title: "Nordwerk-Beratung",
                tagline: "Werkstattbedarf",
                greeting: "Guten Tag! Was suchen Sie?",
                suggested: ["Wie lange dauert die Lieferung?"],
                card_cta: "Ansehen",
            },
            ar: {
                title: "مساعد نوردفيرك",
                tagline: "مستلزمات الورش",
                greeting: "مرحباً! عمّ تبحث؟",
                suggested: ["كم تستغرق عملية التوصيل؟"],
                card_cta: "عرض",
            },
            ja: {
                title: "Nordwerk アシスタント",
                tagline: "工房用品",
                greeting: "こんにちは。何をお探しですか?",
                suggested: ["配送にはどのくらいかかりますか?"],
                card_cta: "見る",
            },
        },
    },
    support: {
        handoff_mode: "off",
        contact_email: null,
        contact_phone: null,
        contact_url: null,
        webhook_url: null,
        trigger_phrases: [],
        prechat_fields: [],
        after_refusals: null,
        after_hours: "chat",
        offline_message: null,
        business_hours: { weekly: [], exceptions: [] },
    },
};

export async function startWorld() {
    const feed = await readFile(join(import.meta.dirname, "feed.csv"), "utf8");
    const gateway = await startGateway({ bin: process.env.WIDGET_TEST_BIN, feed });
    const shop = await startShop();
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    await gateway.staff.set(SETTINGS);
    const key = await gateway.staff.key({});
    // WIDGET_FROM_DIST=1: what was built last, whatever the gateway has compiled in.
    const served =
        !process.env.WIDGET_FROM_DIST &&
        (await fetch(`${gateway.base}/widget.js`).then(
            (answer) => answer.ok,
            () => false,
        ));

    /** A shopper: a browser without any past. `pages` are told what went wrong in them. */
    async function visit(options = {}) {
        const { via = gateway.base, ...context } = options;
        const shopper = await browser.newContext({
            viewport: { width: 1280, height: 900 },
            locale: "en-GB",
            reducedMotion: "reduce",
            ...context,
        });
        shopper.setDefaultTimeout(PATIENCE);
        // A gateway that has the widget compiled in serves it; for any other the browser finds it in dist/.
        if (!served) await serveWidget(shopper, via);
        return shopper;
    }

    return {
        gateway,
        shop,
        browser,
        key,
        visit,
        served,
        control: (body, method = "PUT") =>
            fetch(`${gateway.standIn}/__stand-in/control`, {
                method,
                headers: { "Content-Type": "application/json" },
                ...(body ? { body: JSON.stringify(body) } : {}),
            }),
        async stop() {
            await browser.close();
            await Promise.all([gateway.stop(), shop.stop()]);
        },
    };
}

async function serveWidget(context, base) {
    const cors = { "Access-Control-Allow-Origin": "*" };
    const give = (path, contentType) => async (route) =>
        route.fulfill({ body: await readFile(join(dist, path)), contentType, headers: cors });
    await context.route(`${base}/widget.js`, give("widget.js", "text/javascript"));
    await context.route(`${base}/widget/languages/*`, (route) => {
        const [language] = new URL(route.request().url()).pathname.split("/").at(-1).split(".");
        return give(`languages/${language}.json`, "application/json")(route);
    });
}

/** The chat of a page, as a shopper finds it: by roles and names. */
export function chatOf(page) {
    const chat = page.locator("vestibule-chat").first();
    const panel = chat.getByRole("dialog");
    const input = panel.locator("#question");
    return {
        chat,
        panel,
        input,
        launcher: chat.locator(".launcher"),
        log: panel.getByRole("log"),
        async open() {
            await chat.locator(".launcher").click();
            await panel.locator("#question").waitFor();
        },
        async ask(question) {
            await input.fill(question);
            await input.press("Enter");
        },
        /** The last answer, once it is whole. */
        async answer() {
            const last = panel.locator("article").last();
            await last
                .and(panel.locator("[data-state=done], [data-state=stopped], [data-state=cut], [data-state=failed]"))
                .waitFor();
            return last;
        },
    };
}
