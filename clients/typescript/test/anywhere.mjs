// What a program does with the client, without a test runner of one runtime: `node test/anywhere.mjs`, and the suite
// `runtimes` runs it in others. Names what it does, and ends with the first thing that is not as it should be.
import assert from "node:assert/strict";
import { Visitor, collect, isProblem, login } from "vestibule-client";
import { WORKSPACE, gateway, message, withPublishable, withSecret } from "./support.mjs";

const { base: baseUrl } = gateway;

const steps = {
    async asks() {
        const answer = await withSecret().chat.create({ message });
        assert.ok(answer.answer.length > 0);
        assert.equal(answer.workspace, WORKSPACE);
    },
    async "reads a stream"() {
        const types = [];
        for await (const event of withSecret().chat.stream({ message })) types.push(event.type);
        assert.equal(types[0], "start");
        assert.equal(types.at(-1), "done");
        assert.ok(types.filter((type) => type === "delta").length > 1);
    },
    async "leaves a stream"() {
        const controller = new AbortController();
        const events = withSecret().chat.stream({ message }, { signal: controller.signal });
        await assert.rejects(
            async () => {
                for await (const _ of events) controller.abort();
            },
            { name: "AbortError" },
        );
    },
    async "goes on with a conversation"() {
        const client = withPublishable();
        const { session_id, answer } = await collect(client.chat.stream({ message }));
        const { data } = await client.messages.list({ session_id });
        assert.deepEqual(
            data.map(({ content }) => content),
            [message, answer],
        );
    },
    async "is refused"() {
        const refused = withSecret({ credential: "vst_sk_live_none" }).knowledge.query({ query: "x" });
        await assert.rejects(refused, (error) => isProblem(error) && error.status === 401);
    },
    async "logs in"() {
        const session = await login({
            baseUrl,
            username: gateway.manager_username,
            password: gateway.manager_password,
        });
        const [first, second] = await Promise.all([session.workspaces.list(), session.workspaces.list()]);
        assert.deepEqual(first.data, second.data);
        assert.ok(first.data.some(({ slug }) => slug === WORKSPACE));
    },
    async "lets a visitor in"() {
        const visitor = new Visitor({ key: gateway.publishable_key });
        const client = withPublishable({ credential: visitor });
        await client.chat.create({ message });
        assert.equal((await client.conversations.list()).data.length, 1);
    },
};

for (const [name, step] of Object.entries(steps)) {
    await step();
    console.log(`ok: ${name}`);
}
