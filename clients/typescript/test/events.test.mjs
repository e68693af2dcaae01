// Server-sent events, wherever the text is cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "vestibule-client";

const STREAM =
    '\uFEFF: hello\r\n\r\nevent: start\r\ndata: {"id":"ä😀"}\r\n\r\nevent: delta\ndata: one\ndata:two\n\n: \n\ndata\n\nid: 7\rdata: last\r\revent: x\n\nevent:  y\nretry: 1\nnonsense\ndata:  z\r\n\ndata: never ends';
const EVENTS = [
    { event: "start", data: '{"id":"ä😀"}' },
    { event: "delta", data: "one\ntwo" },
    { event: "message", data: "" },
    { event: "message", data: "last" },
    { event: " y", data: " z" },
];

const parse = (pieces) => {
    const parser = new EventParser();
    return pieces.flatMap((piece) => parser.push(piece));
};

test("events are read as the standard says", () => assert.deepEqual(parse([STREAM]), EVENTS));

test("it does not matter where a stream is cut in two, or into single letters", () => {
    for (let at = 0; at <= STREAM.length; at += 1)
        assert.deepEqual(parse([STREAM.slice(0, at), STREAM.slice(at)]), EVENTS, `cut at ${at}`);
    assert.deepEqual(parse(STREAM.split("")), EVENTS);
});

test("nor into how many pieces, of what lengths, with empty ones among them", () => {
    let seed = 4711;
    const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    for (let round = 0; round < 2000; round += 1) {
        const pieces = [];
        for (let at = 0; at < STREAM.length;) {
            const next = at + random(9);
            pieces.push(STREAM.slice(at, next));
            at = next;
        }
        assert.deepEqual(parse(pieces), EVENTS, JSON.stringify(pieces));
    }
});

test("bytes cut inside a letter come out whole", () => {
    const bytes = new TextEncoder().encode(STREAM);
    for (let at = 0; at <= bytes.length; at += 1) {
        const decoder = new TextDecoder();
        const parser = new EventParser();
        const events = [bytes.slice(0, at), bytes.slice(at)].flatMap((piece) =>
            parser.push(decoder.decode(piece, { stream: true })),
        );
        assert.deepEqual(events, EVENTS);
    }
});

test("a line of a megabyte in pieces of one letter takes no time to speak of", () => {
    const parser = new EventParser();
    const begun = performance.now();
    parser.push("data: ");
    for (let n = 0; n < 1_000_000; n += 1) parser.push("x");
    assert.equal(parser.push("\n\n")[0].data.length, 1_000_000);
    assert.ok(performance.now() - begun < 5000);
});
