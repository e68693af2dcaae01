// A gateway with a stand-in for AnythingLLM behind it, from binaries that are there already, and a shop in it.
// Needs DATABASE_URL and REDIS_URL of servers that nobody else uses (scripts/services.sh).
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PASSWORD = "Stand-in-pass-1";

/** Without settings of a gateway that somebody has in their shell. */
const surroundings = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VESTIBULE|STAND_IN)_/.test(name)),
);

async function freePort() {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    server.close();
    return port;
}

/** Runs a command to its end; what it said is in the error if it fails. */
async function run(program, args, env) {
    const child = spawn(program, args, { env: { ...surroundings, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
    const [status] = await once(child, "close");
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status}\n${said}`);
    return said;
}

/** Starts a server and waits until `ready` says so. */
async function serve(program, args, env, ready) {
    const child = spawn(program, args, { env: { ...surroundings, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (data) => (said = (said + data).slice(-20_000)));
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => (said = (said + line + "\n").slice(-20_000)));
    const ended = once(child, "exit").then(() => {
        throw new Error(`${program} ended:\n${said}`);
    });
    ended.catch(() => {});
    const value = await Promise.race([ready(lines), ended]);
    const stop = async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        const late = setTimeout(() => child.kill("SIGKILL"), 3000);
        await gone;
        clearTimeout(late);
    };
    return { value, stop, said: () => said };
}

const firstMatch = (pattern) => (lines) =>
    new Promise((resolve) => lines.on("line", (line) => pattern.exec(line) && resolve(pattern.exec(line)[1])));

const answers = (url) => async () => {
    for (;;) {
        const status = await fetch(url).then(
            (answer) => answer.status,
            () => 0,
        );
        if (status === 200) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
};

/**
 * @param {{ bin: string, feed: string, settings?: Record<string, string> }} options where the binaries are, a product
 *     feed for the shop, and further settings of the gateway
 */
export async function startGateway({ bin, feed, settings = {} }) {
    const folder = await mkdtemp(join(tmpdir(), "vestibule-widget-"));
    const stops = [];
    const stop = async () => {
        for (const each of stops.reverse()) await each();
        await rm(folder, { recursive: true, force: true });
    };
    try {
        const standIn = await serve(
            join(bin, "vestibule-stand-in"),
            ["--listen", "127.0.0.1:0", "--admin-password", PASSWORD, "--token-delay-ms", "1"],
            {},
            firstMatch(/listening on (127\.0\.0\.1:\d+)/),
        );
        stops.push(standIn.stop);
        const [publicPort, adminPort, opsPort] = [await freePort(), await freePort(), await freePort()];
        const base = `http://127.0.0.1:${publicPort}`;
        const env = {
            VESTIBULE_DATABASE_URL: process.env.DATABASE_URL,
            VESTIBULE_REDIS_URL: process.env.REDIS_URL,
            VESTIBULE_SECRET_KEY: randomBytes(32).toString("base64"),
            VESTIBULE_PUBLIC_LISTEN: `127.0.0.1:${publicPort}`,
            VESTIBULE_PUBLIC_URL: base,
            VESTIBULE_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
            VESTIBULE_OPS_LISTEN: `127.0.0.1:${opsPort}`,
            VESTIBULE_USAGE_SPOOL_DIR: join(folder, "spool"),
            VESTIBULE_UPSTREAM_URL: `http://${standIn.value}`,
            VESTIBULE_UPSTREAM_API_KEY: "TESTKEY-0000000-0000000-0000001",
            VESTIBULE_UPSTREAM_ADMIN_USERNAME: "admin",
            VESTIBULE_UPSTREAM_ADMIN_PASSWORD: PASSWORD,
            VESTIBULE_DEMO_ENABLED: "true",
            VESTIBULE_LOG_LEVEL: "warn",
            VESTIBULE_DATABASE_ACQUIRE_MILLIS: "30000",
            VESTIBULE_DATABASE_STATEMENT_MILLIS: "30000",
            // All shoppers of these tests come from one address.
            VESTIBULE_LIMITS_IP_PER_MINUTE: "6000",
            VESTIBULE_LIMITS_KEY_PER_MINUTE: "6000",
            VESTIBULE_LIMITS_KEY_BURST: "6000",
            // And one of the staff opens every page, several times.
            VESTIBULE_LIMITS_USER_PER_MINUTE: "6000",
            VESTIBULE_LIMITS_USER_BURST: "6000",
            VESTIBULE_LIMITS_VISITOR_PER_MINUTE: "600",
            VESTIBULE_LIMITS_VISITOR_SESSIONS_PER_IP_PER_MINUTE: "600",
            ...settings,
        };
        const program = join(bin, "vestibule");
        const told = join(folder, "demo.json");
        await run(program, ["migrate"], env);
        await run(program, ["demo", "seed", "--out", told], env);
        const demo = JSON.parse(await readFile(told, "utf8"));
        const feedFile = join(folder, "feed.csv");
        await writeFile(feedFile, feed);
        await run(program, ["catalog", "sync", "--workspace", "demo-shop", "--feed", feedFile, "--quiet"], env);
        const gateway = await serve(
            program,
            ["serve"],
            { ...env, VESTIBULE_DEMO_PUBLISHABLE_KEY: demo.publishable_key },
            answers(`http://127.0.0.1:${opsPort}/readyz`),
        );
        stops.push(gateway.stop);
        return {
            base,
            admin: `http://127.0.0.1:${adminPort}`,
            account: { username: "admin", password: PASSWORD },
            demo,
            standIn: `http://${standIn.value}`,
            staff: await staff(base, demo),
            said: gateway.said,
            stop,
        };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** What the shop's staff does, by the API. */
async function staff(base, demo) {
    const call = async (method, path, body, headers = {}) => {
        const answer = await fetch(base + path, {
            method,
            headers: { "Content-Type": "application/json", ...headers },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        return { body: text ? JSON.parse(text) : null, etag: answer.headers.get("etag") };
    };
    const login = await call("POST", "/api/v1/auth/login", {
        username: demo.manager_username,
        password: demo.manager_password,
    });
    const as = { Authorization: `Bearer ${login.body.access_token}` };
    const workspace = "/api/v1/workspaces/demo-shop";
    return {
        /** Sets fields of the workspace. */
        async set(change) {
            const { etag } = await call("GET", workspace, undefined, as);
            await call("PATCH", workspace, change, { ...as, "If-Match": etag });
        },
        async key(fields) {
            const given = {
                kind: "publishable",
                env: "test",
                name: "Widget",
                workspace: "demo-shop",
                allowed_origins: ["http://localhost:*", "http://127.0.0.1:*"],
                ...fields,
            };
            return (await call("POST", "/api/v1/keys", given, as)).body.key;
        },
        /** What shoppers wrote to people, the newest first, each with its conversation. */
        async handovers() {
            const { body } = await call("GET", `${workspace}/conversations?handed_over=true&limit=100`, undefined, as);
            const read = body.data.map(async ({ id }) => {
                const { body: conversation } = await call("GET", `${workspace}/conversations/${id}`, undefined, as);
                return conversation.handovers_written.map((one) => ({ ...one, conversation }));
            });
            return (await Promise.all(read)).flat().sort((one, other) => (one.at < other.at ? 1 : -1));
        },
        async identity(settings) {
            const { body } = await call("POST", `${workspace}/identity/rotate-secret`, {}, as);
            await call("PUT", `${workspace}/identity`, settings, as);
            return body.secret;
        },
        revokeVisitorTokens: () => call("POST", `${workspace}/visitor-tokens/revoke`, {}, as),
        identitySettings: (settings) => call("PUT", `${workspace}/identity`, settings, as),
    };
}
