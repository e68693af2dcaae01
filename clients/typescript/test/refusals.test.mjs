// Every kind of refusal of a running gateway.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isProblem, vestibule } from "vestibule-client";
import { WORKSPACE, gateway, message, refusal, staff, upstream, withPublishable, withSecret } from "./support.mjs";

const { base: baseUrl } = gateway;

describe("refusals", () => {
    const cases = {
        unauthenticated: () => vestibule({ baseUrl }).keys.list(),
        invalid_token: () => withSecret({ credential: "vst_sk_test_nonsense" }).keys.list(),
        forbidden_origin: () => withPublishable({ headers: { Origin: "https://evil.example" } }).widget.config(),
        insufficient_scope: () => withSecret().workspaces.create({ name: "x" }),
        not_found: () => withSecret().chat.create({ message, workspace: "no-such-shop" }),
        validation_failed: () => withSecret().chat.create({ mesage: "Hello" }),
        body_too_large: () => withSecret().chat.create({ message: "x".repeat(300_000) }),
        precondition_required: async () => (await staff()).workspaces.change(WORKSPACE, {}, {}),
        forbidden: async () => (await staff()).audit.list(),
    };
    for (const [code, call] of Object.entries(cases))
        test(code, async () => {
            const error = await refusal(call());
            assert.equal(error.code, code);
            assert.ok(isProblem(error, code));
            if (code === "validation_failed")
                assert.deepEqual(
                    error.errors.map(({ field, code }) => [field, code]),
                    [
                        ["mesage", "unknown"],
                        ["message", "required"],
                    ],
                );
        });

    for (const [code, change] of Object.entries({
        key_disabled: (manager, id) => manager.keys.change(id, { enabled: false }),
        key_revoked: (manager, id) => manager.keys.revoke(id, { reason: "test" }),
        quota_exceeded: (manager, id) => manager.keys.change(id, { limits: { messages_per_day: 1 } }),
        rate_limited: (manager, id) => manager.keys.change(id, { limits: { per_minute: 1, burst: 1 } }),
    }))
        test(code, async () => {
            const manager = await staff();
            const { id, key } = await manager.keys.create({
                kind: "secret",
                env: "test",
                name: code,
                workspace: WORKSPACE,
            });
            await change(manager, id);
            const client = withSecret({ credential: key, longestWait: 0 });
            let error;
            // Other replicas, and this one, are told of a change by the database.
            for (let n = 0; n < 100 && !error; n += 1) {
                error = await client.chat.create({ message }).then(
                    () => undefined,
                    (error) => error,
                );
            }
            assert.equal(error.code, code);
            if (error.status === 429) {
                assert.ok(error.retryAfter > 0);
                assert.ok(error.violatedPolicies.length > 0);
            }
            await manager.keys.revoke(id, { reason: "test" }).catch(() => {});
        });

    for (const [code, failure] of Object.entries({ upstream_error: "status_500", upstream_contract: "html" }))
        test(code, async (t) => {
            await upstream(t, { failure, path_prefix: "/api/v1/workspace" });
            const error = await refusal(withSecret({ retries: 0 }).chat.create({ message }));
            assert.equal(error.code, code);
        });
});
