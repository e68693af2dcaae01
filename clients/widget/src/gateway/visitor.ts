// Who asks: a visitor token, shared by all tabs of this browser, minted and renewed when needed (docs/visitors.md).
import type { IdentitySource } from "../../types/public.d.ts";
import type { Store } from "../store.ts";
import { Failure } from "./failure.ts";
import { call } from "./http.ts";
import { prove } from "./proof.ts";
import type { Challenge, VisitorSessionAnswer, WidgetConfig } from "./wire.ts";

/** A token is renewed this many milliseconds before its end. */
const EARLY = 60_000;

/** How long other tabs wait after a token was written down, in milliseconds. */
const WRITTEN = 150;

export interface VisitorOptions {
    server: string;
    key: string;
    /** The language of the texts that come along. */
    locale: () => string;
}

/** One way to a token. */
interface Attempt {
    credential: string;
    visitorId?: string;
    identity: string | undefined;
    /** Whether its token is one of a customer. */
    identified: boolean;
}

export class Visitor {
    readonly #options: VisitorOptions;
    readonly #store: Store;
    #identity: IdentitySource | null = null;
    /** The page has said who it is, and no token says it yet. */
    #toIdentify = false;
    #running: Promise<string> | null = null;
    /** The texts that came with the last token. */
    config: WidgetConfig | null = null;

    constructor(options: VisitorOptions, store: Store) {
        this.#options = options;
        this.#store = store;
    }

    /** From now on the shopper is whoever the source says. True if that is somebody else than before. */
    identify(source: IdentitySource | null, customer?: string): boolean {
        const { identified, customer: before } = this.#store.shared;
        const another = identified === true && (source === null || (customer !== undefined && customer !== before));
        if (another) this.forget();
        this.#identity = source;
        this.#toIdentify = source !== null && (another || identified !== true);
        if (source !== null) this.#store.remember({ customer });
        return another;
    }

    /** The visitor and the conversation are gone from this browser. */
    forget(): void {
        this.#store.remember({
            visitorId: undefined,
            token: undefined,
            renewAt: undefined,
            identified: undefined,
            customer: undefined,
            conversation: undefined,
        });
    }

    /** A token that works, as far as can be told; `refused` is one that did not. */
    token(refused?: string): Promise<string> {
        const known = this.#usable(refused);
        if (known !== null) return Promise.resolve(known);
        this.#running ??= this.#alone(() => this.#fetch(refused)).finally(() => (this.#running = null));
        return this.#running;
    }

    #usable(refused?: string): string | null {
        const { token, renewAt } = this.#store.shared;
        return token && token !== refused && !this.#toIdentify && Date.now() < (renewAt ?? 0) ? token : null;
    }

    /** One tab at a time; the others find what it has fetched. */
    #alone(fetchToken: () => Promise<string>): Promise<string> {
        const locks = navigator.locks as LockManager | undefined; // absent on pages without TLS
        if (!locks) return fetchToken();
        return new Promise((resolve, reject) => {
            const turn = async () => {
                await fetchToken().then(resolve, reject);
                // What is written here is seen by other processes a moment later.
                await new Promise((seen) => setTimeout(seen, WRITTEN));
            };
            locks.request(`vestibule:${this.#options.key}`, turn).catch(reject);
        });
    }

    async #fetch(refused?: string): Promise<string> {
        const known = this.#usable(refused);
        if (known !== null) return known;
        const attempts = this.#attempts(await this.#identityToken(), refused);
        // Whatever comes of it: a page that cannot say who the shopper is is asked again with the next token only.
        this.#toIdentify = false;
        for (const attempt of attempts) {
            const answer = await this.#session(attempt).catch((error: unknown) => {
                const { status } = Failure.from(error);
                const passedOver = status === 422 || (status === 401 && attempt.credential !== this.#options.key);
                if (!passedOver || attempt === attempts.at(-1)) throw error;
                return null;
            });
            if (answer === null) continue;
            this.config = answer.config ?? this.config;
            this.#store.remember({
                token: answer.token,
                renewAt: Date.now() + Math.max(answer.expires_in * 1000 - EARLY, answer.expires_in * 500),
                visitorId: answer.visitor_id,
                identified: attempt.identified || undefined,
            });
            // Before the next tab has its turn, so that it finds this visitor. Where consent is asked for, that decides.
            if (answer.config?.privacy.consent_required === false) this.#store.allow();
            return answer.token;
        }
        throw new Failure("internal");
    }

    /**
     * The token that runs out; then the key, for the visitor of before; then for a new one. A visitor id of another
     * workspace, or one too old, is refused, and so is an identity that is no good: that keeps nobody from asking.
     */
    #attempts(identity: string | undefined, refused: string | undefined): Attempt[] {
        const { token, visitorId, identified = false } = this.#store.shared;
        const { key } = this.#options;
        const attempts: Attempt[] = [];
        if (token && token !== refused) {
            const first = identified ? undefined : identity;
            attempts.push({ credential: token, identity: first, identified: identified || first !== undefined });
        }
        for (const proved of identity ? [identity, undefined] : [undefined]) {
            const of = { credential: key, identity: proved, identified: proved !== undefined };
            if (visitorId) attempts.push({ ...of, visitorId });
            attempts.push(of);
        }
        return attempts;
    }

    async #identityToken(): Promise<string | undefined> {
        const source = this.#identity;
        try {
            return (typeof source === "function" ? await source() : source) ?? undefined;
        } catch (error) {
            console.warn("vestibule: no identity", error);
            return undefined;
        }
    }

    async #session({ credential, visitorId, identity }: Attempt): Promise<VisitorSessionAnswer> {
        const locale = encodeURIComponent(this.#options.locale());
        const url = `${this.#options.server}/api/v1/widget/session?locale=${locale}`;
        const send = async (proof?: string) => {
            const answer = await call(url, credential, {
                body: { visitor_id: visitorId, identity_token: identity, proof },
            });
            return (await answer.json()) as VisitorSessionAnswer;
        };
        try {
            return await send();
        } catch (error) {
            // Only the key's owner knows whether it asks for work; the gateway tells when there is none.
            const mayAsk = Failure.from(error).code === "forbidden" && credential === this.#options.key;
            const challenge = mayAsk && (await this.#challenge());
            if (!challenge) throw error;
            return send(await prove(challenge));
        }
    }

    async #challenge(): Promise<Challenge | null> {
        try {
            const answer = await call(`${this.#options.server}/api/v1/widget/challenge`, this.#options.key, {});
            return (await answer.json()) as Challenge;
        } catch (error) {
            if (Failure.from(error).status === 404) return null; // it asks for none
            throw error;
        }
    }
}
