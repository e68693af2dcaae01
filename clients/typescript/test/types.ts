// Read by the compiler only: what the types must allow, and what they must refuse.
import { type Vestibule, collect, each, isProblem, login, responseOf, vestibule } from "vestibule-client";

export async function allowed(client: Vestibule): Promise<void> {
    const { answer, sources } = await client.chat.create({ message: "Hello", mode: "query" }, { idempotencyKey: "x" });
    const title: string | null | undefined = sources[0]?.title;
    for await (const event of client.chat.stream({ message: answer })) {
        if (event.type === "delta") event.text.trim();
        else if (event.type === "done") event.usage.duration_ms satisfies number;
    }
    (await collect(client.chat.stream({ message: "x" }))).answer satisfies string;
    for await (const key of each(client.keys.list, { env: "live" })) key.public_id satisfies string;
    for await (const member of each((query: { cursor?: string }) => client.members.list("shop", query))) member.user_id;
    const workspace = await client.workspaces.show("shop");
    const etag = responseOf(workspace)?.headers.get("ETag") ?? "";
    await client.workspaces.change("shop", { settings: { top_n: 4 }, widget: null }, { ifMatch: etag });
    (await client.auth.sessions.end("id")) satisfies undefined;
    // What must say nothing needs no body.
    (await client.keys.rotate("id")).key satisfies string;
    await client.catalog.sync("shop", undefined, { retries: 0 });
    const report = await client.usage.show({ format: "csv" });
    if (typeof report === "string") report.split("\n");
    title?.trim();
}

export async function refused(client: Vestibule): Promise<void> {
    // @ts-expect-error a question is missing
    await client.chat.create({});
    // @ts-expect-error a question has a body
    await client.chat.create();
    // @ts-expect-error so has an erasure
    await client.privacy.erase();
    // @ts-expect-error there is no such field
    await client.chat.create({ message: "x", temperature: 1 });
    // @ts-expect-error there is no such mode
    await client.chat.create({ message: "x", mode: "automatic" });
    // @ts-expect-error a change names the version it is of
    await client.workspaces.change("shop", {});
    // @ts-expect-error `stream` is for chat.stream
    client.chat.stream({ message: "x", stream: true });
    // @ts-expect-error there is no such code
    isProblem(new Error(), "no_such_code");
    // @ts-expect-error there is no such filter
    each(client.keys.list, { colour: "red" });
    vestibule({});
    await login({ username: "a", password: "b" });
}
