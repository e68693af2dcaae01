// The client: one method for every call of the OpenAPI document, and what the document cannot say.
import { OPERATIONS, type Api } from "./api.ts";
import { type ChatEvent, stream } from "./chat.ts";
import { type Credential, Key, type TokenStore, UserSession } from "./credentials.ts";
import { VestibuleError } from "./problem.ts";
import type { ChatRequest } from "./schema.ts";
import { type CallOptions, Transport, type TransportOptions } from "./transport.ts";

export interface VestibuleOptions extends TransportOptions {
    /** A key, a `UserSession` or a `Visitor`; none for calls that need none. */
    credential?: string | Credential | undefined;
}

/** All calls, and answers as they are being written. */
export interface Vestibule extends Api {
    readonly chat: Api["chat"] & {
        /** Ask, and be told the answer while it is being written. Leaving the loop stops it. */
        stream(body: Omit<ChatRequest, "stream">, options?: CallOptions): AsyncGenerator<ChatEvent, void, undefined>;
    };
    /** Ends the session of a user who has logged in. */
    logout(): Promise<void>;
    readonly credential: Credential | undefined;
}

/** Header fields that are options of some calls. */
const HEADERS = {
    ifMatch: "If-Match",
    ifNoneMatch: "If-None-Match",
    idempotencyKey: "Idempotency-Key",
    acceptLanguage: "Accept-Language",
} as const;

type Options = CallOptions & { query?: Record<string, unknown> } & { [name in keyof typeof HEADERS]?: string | null };
type Methods = { [name: string]: any };

const responses = new WeakMap<object, Response>();

/** The HTTP answer that an object came with, for its headers: `responseOf(workspace)?.headers.get("ETag")`. */
export function responseOf(answer: object): Response | undefined {
    return responses.get(answer);
}

const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** `crypto.randomUUID` is there only where pages are served over TLS. */
const someKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A part of a path. With nothing in its place, or with what a path is shortened by, it would be another call. */
function segment(name: string, given: unknown): string {
    if (given === undefined || given === null || ["", ".", ".."].includes(String(given)))
        throw new VestibuleError(`\`${name}\` is missing, or no name: ${JSON.stringify(given)}`);
    return encodeURIComponent(String(given));
}

/** A client of a gateway. */
export function vestibule(options: VestibuleOptions): Vestibule {
    const transport = new Transport(options);
    const given = options.credential;
    const credential = typeof given === "string" ? new Key(given) : given;
    const client: Methods = { credential };

    for (const line of OPERATIONS) {
        const [id = "", method = "", template = "", flags = ""] = line.split(" ");
        const steps = id.split(".").map(camel);
        const name = steps.pop() ?? "";
        const place = steps.reduce((node: Methods, step) => (node[step] ??= {}) as Methods, client);
        const safe = method === "GET" || method === "PUT" || method === "DELETE" || flags.includes("s");
        place[name] = async (...given: unknown[]) => {
            const path = template.replace(/\{(\w+)\}/g, (_, name: string) => segment(name, given.shift()));
            // Without one it would be refused for what it is not, and not for what it does not say.
            const body = flags.includes("b") ? (given.shift() ?? {}) : undefined;
            const asked = flags.includes("q") ? given.shift() : undefined;
            const options = (given.shift() ?? {}) as Options;
            const headers: Record<string, string> = {};
            for (const [option, header] of Object.entries(HEADERS)) {
                const value = options[option as keyof typeof HEADERS];
                if (value) headers[header] = value;
            }
            // Asked twice, a question is answered twice, unless it has a name.
            if (id === "chat.create" && options.idempotencyKey === undefined) headers["Idempotency-Key"] = someKey();
            const { data, response } = await transport.call(
                {
                    method,
                    path,
                    query: (asked ?? options.query) as Record<string, unknown> | undefined,
                    headers,
                    body,
                    safe: safe || "Idempotency-Key" in headers,
                    credential: flags.includes("a") ? undefined : credential,
                },
                options,
            );
            if (data && typeof data === "object") responses.set(data, response);
            return data;
        };
    }

    const chat: Methods = client["chat"];
    chat["stream"] = (body: Omit<ChatRequest, "stream">, options?: CallOptions) =>
        stream(transport, { method: "POST", path: "/api/v1/chat", credential }, body, options);
    client["logout"] = async () => {
        if (credential instanceof UserSession) await credential.end(transport);
    };
    return client as Vestibule;
}

/** Logs in, and gives a client that stays logged in. */
export async function login(
    options: TransportOptions & { username: string; password: string; store?: TokenStore | undefined },
): Promise<Vestibule> {
    const { username, password, store, ...rest } = options;
    const session = new UserSession(store);
    await session.begin(new Transport(rest), username, password);
    return vestibule({ ...rest, credential: session });
}
