// Every part of the client against a running gateway with a stand-in for AnythingLLM behind it.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import {
    StreamCutError,
    UserSession,
    Visitor,
    collect,
    each,
    isProblem,
    login,
    responseOf,
    vestibule,
} from "vestibule-client";
import {
    WORKSPACE,
    asManager,
    gateway,
    message,
    refusal,
    staff,
    upstream,
    watched,
    withPublishable,
    withSecret,
} from "./support.mjs";

const { base: baseUrl } = gateway;

describe("chat", () => {
    test("a question and its answer", async () => {
        const answer = await withSecret().chat.create({ message });
        assert.ok(answer.answer.length > 0);
        assert.equal(answer.workspace, WORKSPACE);
        assert.equal(typeof answer.usage.duration_ms, "number");
        assert.match(responseOf(answer).headers.get("X-Request-Id"), /^[\w-]{8,64}$/);
    });

    test("the same idempotency key gives the same answer", async () => {
        const client = withSecret();
        const options = { idempotencyKey: `test-${Date.now()}` };
        const first = await client.chat.create({ message }, options);
        assert.deepEqual(await client.chat.create({ message }, options), first);
        const other = await refusal(client.chat.create({ message: "Another one" }, options));
        assert.equal(other.code, "validation_failed");
    });

    test("a stream tells its start, its pieces, its sources and its end", async () => {
        const seen = [];
        for await (const event of withSecret().chat.stream({ message })) seen.push(event);
        assert.equal(seen[0].type, "start");
        assert.equal(seen.at(-1).type, "done");
        assert.ok(seen.filter(({ type }) => type === "delta").length > 1);
        assert.ok(seen.find(({ type }) => type === "sources").sources[0].title);
    });

    test("a stream read to its end is the answer, and the conversation goes on", async () => {
        const client = withPublishable();
        let shown = "";
        const answer = await collect(client.chat.stream({ message }), (text) => (shown = text));
        assert.equal(answer.answer, shown);
        assert.ok(shown.length > 0);
        await client.chat.create({ message: "And how do I send it back?", session_id: answer.session_id });
        const { data } = await client.messages.list({ session_id: answer.session_id });
        assert.deepEqual(
            data.map(({ role }) => role),
            ["user", "assistant", "user", "assistant"],
        );
        assert.equal(data[1].content, shown);
        await client.messages.reset({ session_id: answer.session_id });
        assert.deepEqual((await client.messages.list({ session_id: answer.session_id })).data, []);
    });

    const idle = async (state) => {
        for (let n = 0; n < 200; n += 1) {
            if ((await state()).open_streams === 0) return;
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
        assert.fail("AnythingLLM still writes");
    };

    test("an aborted stream ends at AnythingLLM, too", async (t) => {
        const state = await upstream(t, { token_delay_ms: 50, tokens: 2000 });
        const controller = new AbortController();
        const read = async () => {
            for await (const { type } of withSecret().chat.stream({ message }, { signal: controller.signal }))
                if (type === "delta") controller.abort();
        };
        await assert.rejects(read(), { name: "AbortError" });
        await idle(state);
    });

    test("leaving the loop does the same", async (t) => {
        const state = await upstream(t, { token_delay_ms: 50, tokens: 2000 });
        for await (const { type } of withSecret().chat.stream({ message })) {
            if (type !== "delta") continue;
            assert.equal((await state()).open_streams, 1);
            break;
        }
        await idle(state);
    });

    test("what fails in mid-stream is thrown", async (t) => {
        await upstream(t, { failure: { drop_mid_stream: { after_frames: 3 } }, times: 1 });
        await assert.rejects(
            collect(withSecret().chat.stream({ message })),
            (error) => error instanceof StreamCutError || isProblem(error, "upstream_error", "upstream_unavailable"),
        );
    });
});

describe("knowledge", () => {
    test("a search finds passages", async () => {
        const { results, workspace } = await withSecret().knowledge.query({ query: "returns", top_n: 2 });
        assert.equal(workspace, WORKSPACE);
        assert.ok(results.length > 0 && results.length <= 2);
        assert.equal(typeof results[0].text, "string");
    });
});

describe("users", () => {
    test("a login goes on by itself when the token's time is over, once for all calls that wait", async (t) => {
        const { fetch, count } = watched();
        const client = await asManager({ fetch });
        const first = client.credential.grant.access_token;
        await client.auth.me();
        assert.equal(count("/api/v1/auth/refresh"), 0);
        t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3_600_000 });
        const answers = await Promise.all(Array.from({ length: 20 }, () => client.auth.me()));
        assert.equal(answers[19].user.username, gateway.manager_username);
        assert.equal(count("/api/v1/auth/refresh"), 1);
        assert.notEqual(client.credential.grant.access_token, first);
    });

    test("a token that the gateway refuses is renewed, once for all calls that were refused", async () => {
        const { fetch, count } = watched();
        let access;
        const spoilt = (url, init) => {
            access ??= init.headers["Authorization"];
            const headers = { ...init.headers };
            if (headers["Authorization"] === access) headers["Authorization"] = "Bearer spoilt";
            return fetch(url, { ...init, headers });
        };
        const client = await asManager({ fetch: spoilt });
        await Promise.all(Array.from({ length: 10 }, () => client.auth.me()));
        assert.equal(count("/api/v1/auth/refresh"), 1);
    });

    test("a refresh token that was kept goes on later, and a logout ends it", async () => {
        let kept = null;
        const store = { get: () => kept, set: (token) => void (kept = token) };
        await asManager({ store });
        const before = kept;
        const client = vestibule({ baseUrl, credential: new UserSession(store) });
        assert.equal((await client.auth.me()).user.role, "manager");
        assert.notEqual(kept, before);
        const last = kept;
        await client.logout();
        assert.equal(kept, null);
        kept = last;
        const over = await refusal(vestibule({ baseUrl, credential: new UserSession(store) }).auth.me());
        assert.equal(over.status, 401);
        assert.equal(kept, null);
    });

    test("a wrong password is told", async () => {
        const wrong = login({ baseUrl, username: `nobody-${Date.now()}`, password: "wrong" });
        assert.equal((await refusal(wrong)).code, "invalid_credentials");
    });

    test("sessions are listed and ended", async () => {
        const [one, other] = await Promise.all([asManager(), asManager()]);
        const { session } = await other.auth.me();
        const ids = [];
        for await (const { id } of each(one.auth.sessions.list, { limit: 2 })) ids.push(id);
        assert.ok(ids.includes(session.id));
        await one.auth.sessions.end(session.id);
        assert.equal((await refusal(one.auth.sessions.end(session.id))).code, "not_found");
    });
});

describe("visitors", () => {
    const origin = { Origin: gateway.origin };

    test("a visitor is let in, is known again, and has conversations of their own", async () => {
        const { fetch, count } = watched();
        const ids = [];
        const visitor = new Visitor({ key: gateway.publishable_key, onVisitorId: (id) => ids.push(id) });
        const client = vestibule({ baseUrl, headers: origin, credential: visitor, fetch });
        await Promise.all([
            client.chat.create({ message }),
            client.widget.config(),
            client.knowledge.query({ query: "x" }),
        ]);
        assert.equal(count("/api/v1/widget/session"), 1);
        assert.equal(ids.length, 1);
        assert.equal(visitor.config.workspace, WORKSPACE);
        const again = new Visitor({ key: gateway.publishable_key, visitorId: ids[0] });
        const { data } = await vestibule({ baseUrl, headers: origin, credential: again }).conversations.list();
        assert.equal(data.length, 1);
    });

    test("a token is renewed for the same visitor, and one that was revoked begins anew", async (t) => {
        const { fetch, seen, count } = watched();
        const visitor = new Visitor({ key: gateway.publishable_key });
        const client = vestibule({ baseUrl, headers: origin, credential: visitor, fetch });
        await client.widget.config();
        const { visitorId } = visitor;
        t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 870_000 });
        await client.widget.config();
        assert.equal(visitor.visitorId, visitorId);
        assert.equal(count("/api/v1/widget/session"), 2);
        assert.doesNotMatch(seen.findLast(({ path }) => path.endsWith("/session")).headers["Authorization"], /vst_pk_/);
        t.mock.timers.reset();
        const manager = await staff();
        await manager.visitorTokens.revoke(WORKSPACE, {});
        await client.widget.config();
        assert.equal(visitor.visitorId, visitorId);
        assert.match(seen.findLast(({ path }) => path.endsWith("/session")).headers["Authorization"], /vst_pk_/);
    });

    test("a proof of work is solved where the key asks for one", async () => {
        const manager = await staff();
        const made = await manager.keys.create({
            ...shopKey,
            name: "With a proof",
            visitor_token: "required",
            proof_of_work: true,
        });
        const visitor = new Visitor({ key: made.key });
        const client = vestibule({ baseUrl, headers: origin, credential: visitor });
        assert.equal((await client.widget.config()).workspace, WORKSPACE);
        await manager.keys.revoke(made.id, { reason: "test" });
    });

    test("a customer whom the shop's back end vouches for has the same conversations on every device", async (t) => {
        const manager = await staff();
        const { secret } = await manager.identity.rotate(WORKSPACE, {});
        await manager.identity.put(WORKSPACE, { enabled: true, enforced: false });
        t.after(() => manager.identity.put(WORKSPACE, { enabled: false, enforced: false }));
        const customer = `customer-${Date.now()}`;
        const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const device = () => {
            const identityToken = async () => {
                const exp = Math.floor(Date.now() / 1000) + 300;
                const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: customer, exp })}`;
                return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
            };
            const credential = new Visitor({ key: gateway.publishable_key, identityToken });
            return vestibule({ baseUrl, headers: origin, credential });
        };
        const { session_id } = await device().chat.create({ message });
        const { data } = await device().conversations.list();
        assert.deepEqual(
            data.map((conversation) => conversation.session_id),
            [session_id],
        );
    });
});

const shopKey = {
    kind: "publishable",
    env: "test",
    workspace: WORKSPACE,
    allowed_origins: ["http://localhost:*", "https://shop.example"],
};

describe("keys and workspaces", () => {
    test("a key is made, found, changed, rotated and revoked", async () => {
        const manager = await staff();
        const made = await manager.keys.create({ ...shopKey, name: "Client test" });
        assert.match(made.key, /^vst_pk_test_/);
        const shown = await manager.keys.show(made.id);
        assert.equal(shown.name, "Client test");
        const changed = await manager.keys.change(made.id, { limits: { per_minute: 30 } });
        assert.equal(changed.limits.per_minute, 30);
        assert.equal((await manager.keys.change(made.id, { limits: { per_minute: null } })).limits.per_minute, null);
        const stale = await refusal(manager.keys.change(made.id, { name: "x" }, { ifMatch: '"1"' }));
        assert.equal(stale.code, "precondition_failed");
        const preview = await manager.keys.previewOrigins(made.id, { allowed_origins: ["https://shop.example"] });
        assert.equal(typeof preview, "object");
        const rotated = await manager.keys.rotate(made.id, { grace_seconds: 60 });
        assert.notEqual(rotated.key, made.key);
        assert.match(JSON.stringify(await manager.keys.snippet(rotated.id)), /<script/);
        assert.ok((await manager.keys.limits(rotated.id)).rates.length > 0);
        for (const { id } of [made, rotated]) {
            assert.equal((await manager.keys.revoke(id, { reason: "test" })).status, "revoked");
        }
        const refused = await refusal(withPublishable({ credential: rotated.key }).widget.config());
        assert.equal(refused.code, "key_revoked");
    });

    test("a list is read over all its pages", async () => {
        const manager = await staff();
        const made = [];
        const name = `Page test ${Date.now()}`;
        for (let n = 0; n < 5; n += 1) made.push((await manager.keys.create({ ...shopKey, name: `${name} ${n}` })).id);
        const { fetch, count } = watched();
        const other = vestibule({ baseUrl, credential: manager.credential, fetch });
        const found = [];
        for await (const key of each(other.keys.list, { q: name, limit: 2 })) found.push(key.id);
        assert.deepEqual(found, made);
        assert.equal(count("/api/v1/keys"), 3);
        await Promise.all(made.map((id) => manager.keys.revoke(id, { reason: "test" })));
    });

    test("messages are paged back by the same helper", async () => {
        const client = withSecret();
        const { session_id } = await client.chat.create({ message });
        await client.chat.create({ message, session_id });
        const seen = [];
        for await (const { id } of each(client.messages.list, { session_id, limit: 1 })) seen.push(id);
        assert.equal(new Set(seen).size, 4);
    });

    test("a workspace is changed by the version that was read", async () => {
        const manager = await staff();
        const shelf = Date.now();
        const read = await manager.workspaces.show(WORKSPACE);
        const etag = responseOf(read).headers.get("ETag");
        const changed = await manager.workspaces.change(WORKSPACE, { extra: { shelf } }, { ifMatch: etag });
        assert.equal(changed.extra.shelf, shelf);
        const stale = await refusal(manager.workspaces.change(WORKSPACE, { extra: {} }, { ifMatch: etag }));
        assert.equal(stale.code, "precondition_failed");
    });

    test("usage comes as JSON and as CSV", async () => {
        const manager = await staff();
        const report = await manager.usage.show({ granularity: "day" });
        assert.equal(typeof report, "object");
        assert.equal(typeof (await manager.usage.show({ granularity: "day", format: "csv" })), "string");
    });

    test("calls that need no credential send none", async () => {
        const { fetch, seen } = watched();
        const client = withSecret({ fetch });
        assert.ok((await client.auth.keys()).keys.length > 0);
        assert.equal((await client.docs.openapi()).openapi, "3.1.0");
        assert.ok(seen.every(({ headers }) => !("Authorization" in headers)));
    });
});
