// Whatever may be called is a proper request: a gateway refuses it for what it says, never for how it is framed. Each call
// of the document with nothing but names in its path.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ProblemError, VestibuleError, vestibule } from "vestibule-client";
import { gateway, json, scripted, staff, withPublishable, withSecret } from "./support.mjs";

const METHODS = ["get", "post", "put", "patch"]; // what removes something has no body, and no test of its own kind here
/** They would end the session that the other tests use. */
const LEFT_OUT = new Set(["auth.logout"]);

const { paths } = JSON.parse(await readFile(new URL("../../../docs/openapi.json", import.meta.url), "utf8"));
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** Every call that a client has, with how many names are in its path. */
function calls(client) {
    const found = [];
    for (const [path, item] of Object.entries(paths))
        for (const method of METHODS) {
            const id = item[method]?.operationId;
            const call = id
                ?.split(".")
                .map(camel)
                .reduce((node, step) => node?.[step], client);
            if (call && !LEFT_OUT.has(id)) found.push({ id, call, names: path.match(/\{/g)?.length ?? 0 });
        }
    return found;
}

for (const [who, client] of Object.entries({ staff, secret: withSecret, publishable: withPublishable }))
    test(`no call of ${who} is refused for its framing`, async () => {
        const all = calls(await client({ retries: 0 }));
        assert.ok(all.length > 60, `${all.length} calls`);
        for (const { id, call, names } of all) {
            const error = await call(...Array(names).fill("no-such-one")).then(
                () => null,
                (error) => error,
            );
            if (error === null) continue;
            assert.ok(error instanceof ProblemError, `${id}: ${error}`);
            const framing = ["unsupported_media_type", "invalid_body", "bad_request", "method_not_allowed"];
            assert.ok(!framing.includes(error.code), `${id}: ${error.status} ${error.message}`);
        }
    });

test("a question without its body is told what it lacks", async () => {
    await assert.rejects(withSecret().chat.create(), (error) => {
        assert.equal(error.code, "validation_failed");
        return error.errors.some(({ field, code }) => field === "message" && code === "required");
    });
});

test("a path without its name is another call, and is not sent", async (t) => {
    const server = await scripted(t, json(200, {}));
    const client = vestibule({ ...server, credential: gateway.secret_key });
    for (const name of ["", ".", "..", undefined, null])
        for (const call of [client.keys.show, client.auth.sessions.end, client.workspaces.show])
            await assert.rejects(
                call(name),
                (error) => error instanceof VestibuleError && !(error instanceof ProblemError),
            );
    await assert.rejects(client.catalog.runs.show("shop", ""), /`id` is missing/);
    assert.equal(server.seen.length, 0);
    await client.keys.show("..x/y");
    assert.equal(server.seen[0].url, "/api/v1/keys/..x%2Fy");
});
