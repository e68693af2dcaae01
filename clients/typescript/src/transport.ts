// One request: its credential, its time, and whether it is sent again.
import type { Credential } from "./credentials.ts";
import { ConnectionError, ProblemError, TimeoutError, VestibuleError, problemOf } from "./problem.ts";

/** What every call takes as its last argument. */
export interface CallOptions {
    /** Gives the call up; a stream's answer is stopped at the gateway. */
    signal?: AbortSignal | undefined;
    /** Further headers. */
    headers?: Record<string, string> | undefined;
    /** Milliseconds for each attempt, instead of the client's. */
    timeout?: number | undefined;
    /** How often a failed call is sent again, instead of the client's. */
    retries?: number | undefined;
}

/** How a client behaves. */
export interface TransportOptions {
    /** Where the gateway is: `https://chat.shop.example`. A page on the gateway's own host may leave it out. */
    baseUrl?: string | undefined;
    /** Headers of every call. */
    headers?: Record<string, string> | undefined;
    /** Milliseconds for each attempt of a call; 200 seconds, because an answer may take 180. */
    timeout?: number | undefined;
    /** Milliseconds that a stream may be silent; 45 seconds, because the gateway is heard every 15. */
    idleTimeout?: number | undefined;
    /** How often a call that failed is sent again; twice. */
    retries?: number | undefined;
    /** Longest wait that the gateway may ask for, in milliseconds; beyond it the refusal is thrown. One minute. */
    longestWait?: number | undefined;
    /** Instead of the global one. */
    fetch?: typeof fetch | undefined;
}

export interface Request {
    method: string;
    path: string;
    query?: Record<string, unknown> | undefined;
    headers?: Record<string, string> | undefined;
    body?: unknown;
    /** Sent again also when it may have had its effect. */
    safe?: boolean | undefined;
    credential?: Credential | undefined;
}

const AGAIN = new Set([408, 502, 503, 504]);

export class Transport {
    readonly options: TransportOptions;
    readonly #base: string;
    readonly #fetch: typeof fetch;

    constructor(options: TransportOptions) {
        this.options = options;
        // The document's paths begin with it, and many have it in their base addresses.
        this.#base = (options.baseUrl ?? "").replace(/(\/api\/v1)?\/*$/, "");
        this.#fetch = options.fetch ?? ((input, init) => fetch(input, init)); // `fetch` must not become a method
    }

    /** The successful answer, its body not read yet. `until` ends it: the caller says when it has all. */
    async send(request: Request, options: CallOptions = {}): Promise<{ response: Response; deadline: Deadline }> {
        if (this.#base === "" && typeof location === "undefined")
            throw new VestibuleError("`baseUrl` is missing: where the gateway is, such as https://chat.shop.example");
        const retries = options.retries ?? this.options.retries ?? 2;
        let renewed = false;
        for (let attempt = 0; ; attempt += 1) {
            options.signal?.throwIfAborted();
            const sent = (await request.credential?.headers(this, options.signal)) ?? {};
            const deadline = new Deadline(options.timeout ?? this.options.timeout ?? 200_000, options.signal);
            let failure: ProblemError | ConnectionError;
            let response: Response;
            try {
                response = await this.#once(request, { ...sent, ...options.headers }, deadline);
                if (response.ok || response.status === 304) return { response, deadline };
                failure = await problemOf(response);
                deadline.end();
            } catch (error) {
                deadline.end();
                failure = deadline.translate(error);
            }
            if (failure instanceof ProblemError && failure.status === 401 && request.credential && !renewed) {
                renewed = true;
                if (await request.credential.renew(this, sent, failure)) {
                    attempt -= 1;
                    continue;
                }
            }
            const wait = this.#wait(request, failure, attempt);
            if (attempt >= retries || wait === undefined) throw failure;
            await sleep(wait, options.signal);
        }
    }

    /** The answer, read to its end. */
    async call(request: Request, options: CallOptions = {}): Promise<{ data: unknown; response: Response }> {
        const { response, deadline } = await this.send(request, options);
        try {
            if (response.status === 204) return { data: undefined, response };
            const text = await response.text();
            if (!/[/+]json\b/.test(response.headers.get("Content-Type") ?? ""))
                return { data: text || undefined, response };
            return { data: JSON.parse(text), response };
        } catch (error) {
            if (error instanceof SyntaxError) throw new VestibuleError("The answer is not JSON.", { cause: error });
            throw deadline.translate(error);
        } finally {
            deadline.end();
        }
    }

    #once(request: Request, headers: Record<string, string>, deadline: Deadline): Promise<Response> {
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(request.query ?? {}))
            if (value !== undefined && value !== null) query.append(name, String(value));
        const search = query.toString();
        // Neither `cache` nor `credentials`: some workers refuse them.
        return this.#fetch(`${this.#base}${request.path}${search && "?"}${search}`, {
            method: request.method,
            headers: {
                Accept: "application/json",
                ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
                ...this.options.headers,
                ...request.headers,
                ...headers,
            },
            signal: deadline.signal,
            ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        });
    }

    /** Milliseconds until it may be sent again; undefined if it should not be. */
    #wait(request: Request, failure: ProblemError | ConnectionError, attempt: number): number | undefined {
        const backoff = Math.random() * Math.min(8000, 500 * 2 ** attempt);
        if (failure instanceof ConnectionError) return request.safe ? backoff : undefined;
        const asked = failure.retryAfter === undefined ? undefined : failure.retryAfter * 1000 + backoff / 4;
        if (asked !== undefined && asked > (this.options.longestWait ?? 60_000)) return undefined;
        // Whoever is refused by a limit has had no effect. A used-up quota does not come back in time.
        if (failure.status === 429) return failure.code === "quota_exceeded" ? undefined : (asked ?? backoff);
        // The first attempt, whose connection broke, is still being answered.
        if (failure.status === 409 && attempt > 0 && request.headers?.["Idempotency-Key"]) return 1000 + backoff;
        return request.safe && AGAIN.has(failure.status) ? (asked ?? backoff) : undefined;
    }
}

/** Ends a request when its time is over or when the caller says so, and tells the two apart. */
export class Deadline {
    readonly #controller = new AbortController();
    readonly #caller: AbortSignal | undefined;
    readonly #abort = () => this.#controller.abort(this.#caller?.reason);
    #timer: ReturnType<typeof setTimeout> | undefined;
    #late = false;

    constructor(milliseconds: number, caller: AbortSignal | undefined) {
        this.#caller = caller;
        if (caller?.aborted) this.#abort();
        caller?.addEventListener("abort", this.#abort, { once: true });
        this.extend(milliseconds);
    }

    get signal(): AbortSignal {
        return this.#controller.signal;
    }

    /** From now on so much time. */
    extend(milliseconds: number): void {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#late = true;
            this.#controller.abort();
        }, milliseconds);
    }

    /** Nothing is waited for any more. */
    end(): void {
        clearTimeout(this.#timer);
        this.#caller?.removeEventListener("abort", this.#abort);
    }

    /** What an error of `fetch` means. An abort by the caller throws the caller's reason. */
    translate(error: unknown): ConnectionError {
        if (this.#caller?.aborted) throw this.#caller.reason;
        if (this.#late) return new TimeoutError("The gateway was silent for too long.", { cause: error });
        return new ConnectionError("The gateway was not reached, or the connection broke.", { cause: error });
    }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
        const abort = () => {
            clearTimeout(timer);
            reject(signal?.reason);
        };
        const timer = setTimeout(() => {
            signal?.removeEventListener("abort", abort);
            resolve();
        }, milliseconds);
        signal?.addEventListener("abort", abort, { once: true });
    });
}
