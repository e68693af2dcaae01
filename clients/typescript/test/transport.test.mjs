// What is sent again, when, and what is not: against a server that answers what the test says.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
    ConnectionError,
    ProblemError,
    StreamCutError,
    TimeoutError,
    UserSession,
    Visitor,
    collect,
    isProblem,
    responseOf,
    vestibule,
} from "vestibule-client";
import { broken, json, problem, scripted } from "./support.mjs";

const ANSWER = { id: "a", answer: "Yes." };
const events =
    (...lines) =>
    (_, response) => {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.end(lines.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(""));
    };

test("a question is sent again with the same idempotency key", async (t) => {
    const server = await scripted(t, broken, problem(503, "service_unavailable"), json(200, ANSWER));
    const client = vestibule({ ...server, credential: "vst_sk_test_x" });
    assert.deepEqual(await client.chat.create({ message: "Hello" }), ANSWER);
    const keys = server.seen.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.match(keys[0], /^[0-9a-f]{32}$/);
    assert.deepEqual(new Set(server.seen.map(({ body }) => body)).size, 1);
});

test("while the first attempt is still being answered, the second waits for it", async (t) => {
    const server = await scripted(t, broken, problem(409, "conflict"), json(200, ANSWER));
    const client = vestibule({ ...server, credential: "vst_sk_test_x" });
    assert.deepEqual(await client.chat.create({ message: "Hello" }), ANSWER);
});

test("without an idempotency key a question is asked once", async (t) => {
    const server = await scripted(t, broken);
    const client = vestibule(server);
    const asked = client.chat.create({ message: "Hello" }, { idempotencyKey: null });
    await assert.rejects(asked, ConnectionError);
    assert.equal(server.seen.length, 1);
    assert.equal(server.seen[0].headers["idempotency-key"], undefined);
});

test("what may have made something is not sent again", async (t) => {
    for (const answer of [broken, problem(503, "service_unavailable"), problem(502, "upstream_error")]) {
        const server = await scripted(t, answer);
        await assert.rejects(vestibule(server).keys.create({ kind: "secret", name: "x" }));
        await assert.rejects(vestibule(server).keys.rotate("id", { grace_seconds: 1 }));
        await assert.rejects(vestibule(server).workspaces.change("shop", {}, { ifMatch: '"1"' }));
        assert.equal(server.seen.length, 3);
    }
});

test("what a limit refused is sent again after the time that it says, also if it makes something", async (t) => {
    const limited = problem(429, "rate_limited", { retry_after: 1, violated_policies: ["key-minute"] });
    const server = await scripted(t, limited, json(201, { id: "k" }));
    await vestibule(server).keys.create({ kind: "secret", name: "x" });
    assert.ok(server.seen[1].at - server.seen[0].at >= 1000);
});

test("Retry-After counts where the problem does not say it, and where something between refused", async (t) => {
    const busy = (_, response) => response.writeHead(503, { "Retry-After": "1" }).end("<html>busy</html>");
    const server = await scripted(t, busy, json(200, { data: [], has_more: false }));
    await vestibule(server).keys.list();
    assert.ok(server.seen[1].at - server.seen[0].at >= 1000);
});

test("longer waits than wanted, and quotas, are told at once", async (t) => {
    for (const answer of [
        problem(429, "rate_limited", { retry_after: 3600 }),
        problem(429, "quota_exceeded", { retry_after: 1 }),
    ]) {
        const server = await scripted(t, answer);
        await assert.rejects(vestibule(server).keys.list(), (error) => isProblem(error) && error.retryAfter >= 1);
        assert.equal(server.seen.length, 1);
    }
});

test("as often as is said, and no more", async (t) => {
    const server = await scripted(t, problem(502, "upstream_unavailable"));
    await assert.rejects(vestibule({ ...server, retries: 1 }).keys.list(), ProblemError);
    assert.equal(server.seen.length, 2);
    await assert.rejects(vestibule(server).keys.list({}, { retries: 0 }), ProblemError);
    assert.equal(server.seen.length, 3);
});

test("what is refused for good is told with all that was said", async (t) => {
    const errors = [{ field: "name", code: "required", message: "must be given" }];
    const server = await scripted(t, problem(422, "validation_failed", { errors }));
    const error = await vestibule(server)
        .keys.create({ kind: "secret", name: "" })
        .catch((error) => error);
    assert.ok(error instanceof ProblemError && error instanceof Error);
    assert.deepEqual(
        [error.code, error.status, error.requestId, error.errors],
        ["validation_failed", 422, "request-1", errors],
    );
    assert.match(error.message, /validation_failed/);
    assert.equal(server.seen.length, 1);
});

test("an answer that is no problem document is a problem all the same", async (t) => {
    const server = await scripted(t, (_, response) => response.writeHead(413).end("<h1>too large</h1>"));
    const error = await vestibule(server)
        .knowledge.query({ query: "x" })
        .catch((error) => error);
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, 413);
});

test("a call that takes too long is a TimeoutError, and one that is given up throws the caller's reason", async (t) => {
    const server = await scripted(t, () => {});
    const client = vestibule({ ...server, retries: 0 });
    await assert.rejects(client.keys.list({}, { timeout: 50 }), TimeoutError);
    const controller = new AbortController();
    const asked = client.keys.list({}, { signal: controller.signal });
    const reason = new Error("not any more");
    controller.abort(reason);
    await assert.rejects(asked, (error) => error === reason);
    await assert.rejects(client.keys.list({}, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
});

test("giving up ends the wait before the next attempt", async (t) => {
    const server = await scripted(t, problem(503, "service_unavailable", { retry_after: 30 }));
    const controller = new AbortController();
    const asked = vestibule(server).keys.list({}, { signal: controller.signal });
    const watch = setInterval(() => server.seen.length && controller.abort(), 5);
    t.after(() => clearInterval(watch));
    await assert.rejects(asked, { name: "AbortError" });
});

test("a stream that is silent for too long, or ends before the answer, is an error", async (t) => {
    const start = ["start", { id: "a", session_id: "s", workspace: "w" }];
    const silent = (_, response) => response.writeHead(200, { "Content-Type": "text/event-stream" }).write(": \n\n");
    const waiting = await scripted(t, silent);
    await assert.rejects(
        collect(vestibule({ ...waiting, idleTimeout: 50 }).chat.stream({ message: "x" })),
        TimeoutError,
    );
    const cut = await scripted(t, events(start, ["delta", { text: "Ye" }]));
    await assert.rejects(collect(vestibule(cut).chat.stream({ message: "x" })), StreamCutError);
    const reset = await scripted(t, (request, response) => {
        response.writeHead(200, { "Content-Type": "text/event-stream" }).write("event: delta\ndata: {}\n\n");
        setTimeout(() => request.socket.destroy(), 20);
    });
    await assert.rejects(collect(vestibule(reset).chat.stream({ message: "x" })), ConnectionError);
    assert.equal(reset.seen.length, 1, "what has begun is not begun again");
});

test("events of kinds that are not known yet are passed over, and an error among them is thrown", async (t) => {
    const server = await scripted(
        t,
        events(["start", { id: "a" }], ["later", {}], ["error", { code: "upstream_timeout", status: 504 }]),
    );
    const seen = [];
    await assert.rejects(
        async () => {
            for await (const event of vestibule(server).chat.stream({ message: "x" })) seen.push(event.type);
        },
        (error) => isProblem(error, "upstream_timeout"),
    );
    assert.deepEqual(seen, ["start"]);
});

test("of a refusal only the shop's sentence counts, and thoughts are no answer", async (t) => {
    const deltas = [
        ["delta", { text: "Hmm", kind: "reasoning" }],
        ["delta", { text: "The m" }],
        ["delta", { text: "Sorry." }],
    ];
    const whole = async (refused) => {
        const server = await scripted(t, events(...deltas, ["done", { usage: {}, refused, ai_generated: !refused }]));
        return (await collect(vestibule(server).chat.stream({ message: "x" }))).answer;
    };
    assert.equal(await whole(true), "Sorry.");
    assert.equal(await whole(false), "The mSorry.");
});

test("names in paths are written so that they stay names", async (t) => {
    const server = await scripted(t, json(200, {}, { ETag: '"7"' }));
    const answer = await vestibule(server).workspaces.show("a b/../c?d");
    assert.equal(server.seen[0].url, "/api/v1/workspaces/a%20b%2F..%2Fc%3Fd");
    assert.equal(responseOf(answer).headers.get("ETag"), '"7"');
});

const grant = (n, expires_in = 900) => ({
    access_token: `access-${n}`,
    expires_in,
    refresh_token: `refresh-${n}`,
    user: {},
});

test("a refresh whose answer is lost is tried again with the same token", async (t) => {
    const server = await scripted(t, broken, json(200, grant(2)), json(200, {}));
    let kept = "refresh-1";
    const store = { get: () => kept, set: (token) => void (kept = token) };
    await vestibule({ ...server, credential: new UserSession(store) }).auth.me();
    assert.deepEqual(
        server.seen.map(({ body }) => body),
        ['{"refresh_token":"refresh-1"}', '{"refresh_token":"refresh-1"}', ""],
    );
    assert.equal(server.seen[2].headers.authorization, "Bearer access-2");
    assert.equal(kept, "refresh-2");
});

test("a token that another tab has stored meanwhile stays", async (t) => {
    let kept = "refresh-1";
    const store = { get: () => kept, set: (token) => void (kept = token) };
    const meanwhile = (request, response) => {
        kept = "refresh-3";
        json(200, grant(2))(request, response);
    };
    const server = await scripted(t, meanwhile, json(200, {}));
    await vestibule({ ...server, credential: new UserSession(store) }).auth.me();
    assert.equal(kept, "refresh-3");
});

test("a session that is over is forgotten, and a gateway that is away ends no session", async (t) => {
    for (const [answer, left] of [
        [problem(401, "expired_token"), null],
        [problem(503, "service_unavailable"), "refresh-1"],
    ]) {
        let kept = "refresh-1";
        const store = { get: () => kept, set: (token) => void (kept = token) };
        const server = await scripted(t, answer);
        await assert.rejects(vestibule({ ...server, credential: new UserSession(store) }).auth.me(), ProblemError);
        assert.equal(kept, left);
    }
});

test("a call that is given up does not take the refresh away from the others", async (t) => {
    const later = (request, response) => setTimeout(() => json(200, grant(2))(request, response), 50);
    const server = await scripted(t, later, json(200, { ok: true }));
    const client = vestibule({ ...server, credential: new UserSession({ get: () => "refresh-1", set() {} }) });
    const controller = new AbortController();
    const given = client.auth.me({ signal: controller.signal });
    const other = client.auth.me();
    controller.abort();
    await assert.rejects(given, { name: "AbortError" });
    assert.deepEqual(await other, { ok: true });
    assert.equal(server.seen.length, 2);
});

test("a visitor of another workspace begins anew", async (t) => {
    const unknown = problem(422, "validation_failed", {
        errors: [{ field: "visitor_id", code: "format", message: "" }],
    });
    const session = json(200, { token: "t", expires_in: 900, visitor_id: "vis_new", config: null });
    const server = await scripted(t, unknown, session, json(200, {}));
    const told = [];
    const visitor = new Visitor({ key: "vst_pk_test_x", visitorId: "vis_old", onVisitorId: (id) => told.push(id) });
    await vestibule({ ...server, credential: visitor }).widget.config();
    assert.deepEqual(told, ["vis_new"]);
    assert.deepEqual(
        server.seen.map(({ body }) => body),
        ['{"visitor_id":"vis_old"}', "{}", ""],
    );
});

test("a base address may have what the paths begin with", async () => {
    for (const end of ["", "/", "//", "/api/v1", "/api/v1/"]) {
        const asked = [];
        const answer = (input) => (asked.push(String(input)), Promise.resolve(Response.json({ data: [] })));
        const client = vestibule({ baseUrl: `https://chat.shop.example${end}`, credential: "vst_sk_x", fetch: answer });
        await client.keys.list();
        assert.deepEqual(asked, ["https://chat.shop.example/api/v1/keys"]);
    }
});

test("without a base address a program is told so at once, and not that nothing was reached", async () => {
    const began = Date.now();
    await assert.rejects(vestibule({ credential: "vst_sk_x" }).keys.list(), (error) => {
        assert.ok(!(error instanceof ConnectionError));
        assert.match(error.message, /`baseUrl` is missing/);
        return true;
    });
    assert.ok(Date.now() - began < 200, "it is not tried again");
});
