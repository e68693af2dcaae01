// What can be said without a browser.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { load } from "../support/modules.mjs";

const { EventParser } = await load("gateway/events.ts");
const { search } = await load("gateway/search.ts");
const { productsOf, productOf, webAddress, withParameters, readableTitle } = await load("chat/products.ts");
const { turnsOf } = await load("chat/turn.ts");
const { parseColor, contrast, legibleOn, adjusted, formatColor } = await load("view/color.ts");
const { readOptions } = await load("options.ts");
const { Texts } = await load("text/texts.ts");

test("events are the same wherever the stream is cut", () => {
    const stream =
        ': hello\r\n\r\nevent: start\r\ndata: {"id":"ä"}\r\n\r\nevent: delta\ndata: one\ndata:two\n\n: \n\ndata\n\ndata: last\n\nevent: lost\ndata: never ends';
    const whole = [...new EventParser().push(stream)];
    assert.deepEqual(whole, [
        { name: "start", data: '{"id":"ä"}' },
        { name: "delta", data: "one\ntwo" },
        { name: "message", data: "" },
        { name: "message", data: "last" },
    ]);
    for (let at = 0; at <= stream.length; at++) {
        const parser = new EventParser();
        assert.deepEqual([...parser.push(stream.slice(0, at)), ...parser.push(stream.slice(at))], whole);
    }
    const parser = new EventParser();
    assert.deepEqual(
        [...stream].flatMap((letter) => [...parser.push(letter)]),
        whole,
    );
});

test("the number of a proof of work is found, also the last one, and a challenge without one fails", async () => {
    const challenge = (number, maxnumber = 1000) => ({
        algorithm: "SHA-256",
        salt: "salt?expires=1&",
        maxnumber,
        signature: "",
        challenge: createHash("sha256").update(`salt?expires=1&${number}`).digest("hex"),
    });
    for (const number of [0, 255, 256, 999, 1000]) assert.equal(await search(challenge(number)), number);
    await assert.rejects(search(challenge(1001)));
});

const SALE =
    "Cordless drill NW-18\nProduct number: NW-18\nBrand: Nordwerk\nProduct page: https://shop.example/nw-18\n\nPrice: 1.00 EUR\n";
const GLOVES = "Work gloves\nProduct page: https://shop.example/gloves\n\nVariants (2):";
const OFFERS = {
    [SALE]: "Cordless drill NW-18 (product number NW-18): 149.00 EUR (on sale, regular price 189.00 EUR), in stock",
    [GLOVES]: "Work gloves: 9.90 EUR to 10.90 EUR, depending on the variant\n  product number 1, M: 9.90 EUR, in stock",
};
const source = (text, score = 0.9, url = null) => ({ id: null, title: "x.txt", url, text, score, offer: OFFERS[text] });

test("a product is read from the beginning of its document and from its offer", () => {
    assert.deepEqual(productOf(source(SALE)), {
        id: "NW-18",
        title: "Cordless drill NW-18",
        url: "https://shop.example/nw-18",
        image: null,
        price: { amount: 149, currency: "EUR" },
        regularPrice: { amount: 189, currency: "EUR" },
        from: false,
        availability: "in_stock",
        brand: "Nordwerk",
    });
    const gloves = productOf(source(GLOVES));
    assert.deepEqual([gloves.price.amount, gloves.from, gloves.availability], [9.9, true, null]);
    const byHand = "Drill\nPrice: 12.50 EUR\nAvailability: out of stock\nProduct page: https://shop.example/d";
    const told = productOf(source(byHand));
    assert.deepEqual([told.price, told.availability], [{ amount: 12.5, currency: "EUR" }, "out_of_stock"]);
    const { price, availability, title } = productOf({ ...source(SALE), offer: null });
    assert.deepEqual([price, availability, title], [null, null, "Cordless drill NW-18"]);
    for (const text of [
        "",
        "Just a passage.\nPrice: 9.90 EUR",
        "Title\n\nProduct page: https://shop.example/x",
        "Title\nProduct page: javascript:alert(1)",
    ]) {
        assert.equal(productOf(source(text)), null, text);
    }
});

test("what the gateway tells of a product goes before its text, and bad addresses are none", () => {
    const product = {
        id: "1",
        title: "Drill",
        url: "https://shop.example/1",
        image_url: "data:image/png,x",
        price: { amount: "1.50", currency: "EUR" },
        regular_price: null,
        price_from: false,
        availability: "preorder",
        brand: null,
    };
    const told = productOf({ ...source(SALE), product });
    assert.deepEqual([told.title, told.image, told.price.amount, told.availability], ["Drill", null, 1.5, "preorder"]);
    assert.equal(productOf({ ...source(""), product: { ...product, url: "javascript:alert(1)" } }), null);
});

test("cards are for products that the answer names or that are near, each once, as many as the shop wants", () => {
    const far = source(GLOVES, 0.3);
    assert.equal(productsOf([source(SALE), far], "It costs 149.00 EUR.", 3).length, 1);
    assert.equal(productsOf([source(SALE), far], "Take the work gloves.", 3).length, 2);
    assert.equal(productsOf([source(SALE), source(SALE)], "", 3).length, 1);
    assert.equal(productsOf([source(SALE), source(GLOVES)], "", 1).length, 1);
    assert.equal(productsOf([source(SALE)], "", 0).length, 0);
});

test("addresses and titles", () => {
    for (const bad of [
        "javascript:alert(1)",
        "data:text/html,x",
        "//shop.example",
        "shop.example",
        "https://",
        "",
        null,
        undefined,
    ])
        assert.equal(webAddress(bad), null);
    assert.equal(
        withParameters("https://shop.example/a?b=1#c", { utm_source: "a b" }),
        "https://shop.example/a?b=1&utm_source=a+b#c",
    );
    assert.equal(readableTitle({ title: "cordless-drill-nw-18.txt" }), "Cordless drill nw 18");
    assert.equal(readableTitle({ title: "Returns - 30 days" }), "Returns - 30 days");
    assert.equal(readableTitle({ title: null }), "");
});

test("messages become turns, also where a page begins in the middle of one", () => {
    const at = "2026-11-23T11:20:04Z";
    const message = (id, role, content) => ({ id, role, content, created_at: at });
    const turns = turnsOf([
        message("1", "assistant", "rest"),
        message("2", "user", "q1"),
        message("3", "user", "q2"),
        message("4", "assistant", "a2"),
        message("5", "assistant", "a3"),
    ]);
    assert.deepEqual(
        turns.map(({ question, answer }) => [question, answer]),
        [
            ["", "rest"],
            ["q1", ""],
            ["q2", "a2"],
            ["", "a3"],
        ],
    );
    assert.ok(turns.every(({ progress }) => progress === "done"));
});

test("whatever colours a shop chooses, texts can be read", () => {
    const grounds = { light: [243, 244, 247], dark: [36, 41, 51] };
    for (let red = 0; red < 256; red += 51)
        for (let green = 0; green < 256; green += 51)
            for (let blue = 0; blue < 256; blue += 51) {
                const brand = [red, green, blue];
                for (const wanted of [null, [255, 255, 255], [0, 0, 0], [128, 128, 128]])
                    assert.ok(contrast(brand, legibleOn(brand, wanted)) >= 4.5, String(brand));
                for (const ground of Object.values(grounds))
                    assert.ok(contrast(adjusted(brand, ground), ground) >= 4.5, String(brand));
            }
    assert.deepEqual(legibleOn([11, 92, 173], [255, 255, 0]), [255, 255, 0], "what can be read is left alone");
    assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
    assert.equal(formatColor(parseColor("#0bF")), "#00bbff");
    for (const bad of ["red", "#12", "#1234567", "#gggggg", "", null]) assert.equal(parseColor(bad), null);
});

test("attributes that make no sense are passed over", () => {
    const read = (given, server = "https://chat.shop.example") => readOptions((name) => given[name] ?? null, server);
    assert.equal(read({}), null);
    assert.equal(read({ key: "vst_pk_live_x" }, null), null);
    const options = read({
        key: " vst_pk_live_x ",
        theme: "pink",
        position: "top",
        "auto-open": "soon",
        server: "https://other.example/",
    });
    assert.deepEqual(
        [options.key, options.server, options.theme, options.position, options.autoOpen],
        ["vst_pk_live_x", "https://other.example", null, null, null],
    );
    assert.deepEqual(
        [read({ key: "k", "auto-open": "0" }).autoOpen, read({ key: "k", theme: "dark" }).theme],
        [0, "dark"],
    );
});

test("the first language that there is counts, and numbers have its forms", () => {
    const words = {
        open: "Öffnen",
        left: {
            one: "Pozostał {n} znak",
            few: "Pozostały {n} znaki",
            many: "Pozostało {n} znaków",
            other: "Pozostało {n} znaku",
        },
    };
    const polish = new Texts("pl", words);
    assert.deepEqual(
        [1, 2, 5, 22, 1000].map((n) => polish.count("left", n)),
        ["Pozostał 1 znak", "Pozostały 2 znaki", "Pozostało 5 znaków", "Pozostały 22 znaki", "Pozostało 1000 znaków"],
    );
    assert.equal(Texts.forButton("xx", "not a locale", null, "de-AT").get("open"), "Chat öffnen");
    assert.equal(Texts.forButton("fi").get("open"), "Open chat");
    assert.equal(Texts.forButton("ar-EG").direction, "rtl");
    assert.equal(new Texts("de", {}).get("close"), "Close chat", "a text that is missing is there in English");
    assert.equal(new Texts("en").price(12, "nonsense"), "12 nonsense");
    assert.equal(new Texts("en").get("from", { price: "{n} $&" }), "from {n} $&");
});
