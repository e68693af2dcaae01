// Who asks: a key, a user who has logged in, or a visitor of a page. The last two renew what they send.
import { ProblemError, isProblem } from "./problem.ts";
import { solve } from "./proof.ts";
import type { Grant, Problem, ProofChallenge, VisitorSession, VisitorSessionRequest, WidgetConfig } from "./schema.ts";
import type { Transport } from "./transport.ts";

/** Gives a request the right to be made. */
export interface Credential {
    /** The headers of a request that is about to be sent. */
    headers(transport: Transport, signal?: AbortSignal): Promise<Record<string, string>>;
    /** A request with these headers was answered 401: true if it should be sent again with others. */
    renew(transport: Transport, sent: Record<string, string>, refusal: ProblemError): Promise<boolean>;
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Seconds before its end at which a token is no longer used: the way takes time, and clocks differ. */
const MARGIN = 30;

/** A secret key on a server, a publishable key in a page, or an access token that somebody else looks after. */
export class Key implements Credential {
    readonly #key: string;

    constructor(key: string) {
        this.#key = key;
    }

    async headers(): Promise<Record<string, string>> {
        return bearer(this.#key);
    }

    async renew(): Promise<boolean> {
        return false;
    }
}

interface Token {
    text: string;
    until: number;
}

const lasting = (text: string, seconds: number): Token => ({
    text,
    until: Date.now() + Math.max(seconds - MARGIN, seconds / 2) * 1000,
});

/** A token with an end, of which at most one at a time is fetched, however many calls wait for it. */
abstract class Renewed implements Credential {
    protected token: Token | undefined;
    #fetching: Promise<Token> | undefined;

    protected abstract fetchToken(transport: Transport): Promise<Token>;

    async headers(transport: Transport, signal?: AbortSignal): Promise<Record<string, string>> {
        const { token } = this;
        const good = token && Date.now() < token.until ? token : await unlessAborted(this.#fetch(transport), signal);
        return bearer(good.text);
    }

    async renew(transport: Transport, sent: Record<string, string>, refusal: ProblemError): Promise<boolean> {
        if (!isProblem(refusal, "expired_token", "invalid_token")) return false;
        // Another call may have renewed it meanwhile.
        if (this.token && bearer(this.token.text).Authorization === sent["Authorization"]) await this.#fetch(transport);
        return true;
    }

    /** Not ended by the signal of one of the calls that wait. */
    #fetch(transport: Transport): Promise<Token> {
        this.#fetching ??= this.fetchToken(transport)
            .then((token) => (this.token = token))
            .finally(() => (this.#fetching = undefined));
        return this.#fetching;
    }
}

/** Where a refresh token is kept between visits, perhaps by several tabs together. */
export interface TokenStore {
    get(): string | null | Promise<string | null>;
    /** Null: the session is over. */
    set(token: string | null): void | Promise<void>;
}

/** A user who has logged in with an account of AnythingLLM. */
export class UserSession extends Renewed {
    readonly #store: TokenStore;
    /** Of the last login or refresh. */
    grant: Grant | undefined;

    /** Goes on with the refresh token in the store. */
    constructor(store: TokenStore = inMemory()) {
        super();
        this.#store = store;
    }

    /** Begins a session; `Vestibule.login` calls it. */
    async begin(transport: Transport, username: string, password: string): Promise<Grant> {
        const body = { username, password };
        const { data } = await transport.call({ method: "POST", path: "/api/v1/auth/login", body });
        const grant = data as Grant;
        await this.#store.set(grant.refresh_token);
        this.grant = grant;
        this.token = lasting(grant.access_token, grant.expires_in);
        return grant;
    }

    /** Ends the session here and at the gateway. */
    async end(transport: Transport): Promise<void> {
        try {
            await transport.call({ method: "POST", path: "/api/v1/auth/logout", credential: this });
        } finally {
            this.token = undefined;
            await this.#store.set(null);
        }
    }

    protected override async fetchToken(transport: Transport): Promise<Token> {
        // One tab at a time, where there are locks; without them the gateway is patient for some seconds.
        const locks = (globalThis.navigator as Navigator | undefined)?.locks;
        const refresh = () => this.#refresh(transport);
        return await (locks ? locks.request("vestibule-refresh", refresh) : refresh());
    }

    async #refresh(transport: Transport): Promise<Token> {
        const sent = await this.#store.get();
        if (!sent) throw new ProblemError(loggedOut);
        try {
            const { data } = await transport.call(
                { method: "POST", path: "/api/v1/auth/refresh", body: { refresh_token: sent }, safe: true },
                { timeout: 5000 },
            );
            const grant = data as Grant;
            // Another tab may have gone on meanwhile: then the store has a newer one.
            if ((await this.#store.get()) === sent) await this.#store.set(grant.refresh_token);
            this.grant = grant;
            return lasting(grant.access_token, grant.expires_in);
        } catch (error) {
            if (isProblem(error) && error.status === 401 && (await this.#store.get()) === sent)
                await this.#store.set(null);
            throw error;
        }
    }
}

/** A visitor of a page: a publishable key, traded for a token of their own. */
export interface VisitorOptions {
    /** `vst_pk_…` */
    key: string;
    /** Of an earlier visit in this browser, so that conversations are found again. */
    visitorId?: string | undefined;
    /** Told the visitor's id when it is known, to be kept for the next visit. */
    onVisitorId?: ((id: string) => void) | undefined;
    /** A JWT of the shop's back end that says which customer this is; asked for with each new session. */
    identityToken?: (() => string | undefined | Promise<string | undefined>) | undefined;
    /** Solves a proof of work, where the key asks for one; this client can do it, a worker does it without a pause. */
    solve?: ((challenge: ProofChallenge) => Promise<string>) | undefined;
}

export class Visitor extends Renewed {
    readonly #options: VisitorOptions;
    #last: string | undefined;
    /** Known after the first call. */
    visitorId: string | undefined;
    /** What the workspace says about its widget, as of the last token; null if the key may not read it. */
    config: WidgetConfig | null | undefined;

    constructor(options: VisitorOptions) {
        super();
        this.#options = options;
        this.visitorId = options.visitorId;
    }

    protected override async fetchToken(transport: Transport): Promise<Token> {
        const session = (this.#last && (await this.#renewed(transport, this.#last))) || (await this.#begin(transport));
        this.#last = session.token;
        this.config = session.config;
        if (session.visitor_id !== this.visitorId) this.#options.onVisitorId?.(session.visitor_id);
        this.visitorId = session.visitor_id;
        return lasting(session.token, session.expires_in);
    }

    /** The same visitor's next token; nothing if the old one is no good any more. */
    async #renewed(transport: Transport, token: string): Promise<VisitorSession | undefined> {
        try {
            return await this.#session(transport, token, {});
        } catch (error) {
            if (isProblem(error) && error.status === 401) return undefined;
            throw error;
        }
    }

    async #begin(transport: Transport): Promise<VisitorSession> {
        const { key, identityToken, solve: own } = this.#options;
        const identity = await identityToken?.();
        const body: VisitorSessionRequest = {
            ...(this.visitorId ? { visitor_id: this.visitorId } : {}),
            ...(identity ? { identity_token: identity } : {}),
        };
        try {
            return await this.#session(transport, key, body);
        } catch (error) {
            if (this.visitorId && isProblem(error, "validation_failed") && error.errors[0]?.field === "visitor_id") {
                this.visitorId = undefined; // it was given out for another workspace
                return await this.#begin(transport);
            }
            if (!isProblem(error, "forbidden")) throw error;
            const asked = { method: "GET", path: "/api/v1/widget/challenge", credential: new Key(key) };
            const challenge = await transport.call(asked).catch(() => {
                throw error; // it was not for a proof of work
            });
            const proof = await (own ?? solve)(challenge.data as ProofChallenge);
            return await this.#session(transport, key, { ...body, proof });
        }
    }

    async #session(transport: Transport, credential: string, body: VisitorSessionRequest): Promise<VisitorSession> {
        const request = { method: "POST", path: "/api/v1/widget/session", body, credential: new Key(credential) };
        return (await transport.call(request)).data as VisitorSession;
    }
}

const loggedOut: Problem = {
    type: "about:blank",
    title: "Logged out",
    status: 401,
    detail: "There is no session: log in.",
    instance: "",
    code: "unauthenticated",
    request_id: "",
};

function inMemory(): TokenStore {
    let token: string | null = null;
    return { get: () => token, set: (next) => void (token = next) };
}

/** Waits for something that goes on for others when this one is given up. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (!signal) return work;
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason);
        if (signal.aborted) stop();
        signal.addEventListener("abort", stop, { once: true });
    });
    try {
        return await Promise.race([work, aborted]);
    } finally {
        signal.removeEventListener("abort", stop);
    }
}
