// Who asks: a visitor token, shared by all tabs of this browser, minted and renewed when needed (docs/visitors.md).
import type { IdentitySource } from "../../types/public.d.ts";
import type { Store } from "../store.ts";
import { Failure } from "./failure.ts";
import { call } from "./http.ts";
import { prove } from "./proof.ts";
import type { Challenge, VisitorSessionAnswer, WidgetConfig } from "./wire.ts";

/** A token is renewed this many milliseconds before its end. */
const EARLY = 60_000;

export interface VisitorOptions {
    server: string;
    key: string;
    /** The language of the texts that come along. */
    locale: () => string;
}

export class Visitor {
    readonly #options: VisitorOptions;
    readonly #store: Store;
    #identity: IdentitySource | null = null;
    #running: Promise<string> | null = null;
    /** The texts that came with the last token. */
    config: WidgetConfig | null = null;

    constructor(options: VisitorOptions, store: Store) {
        this.#options = options;
        this.#store = store;
    }

    /** From now on the shopper is whoever the source says. True if that is somebody else than before. */
    identify(source: IdentitySource | null, customer?: string): boolean {
        this.#identity = source;
        const { identified, customer: before } = this.#store.shared;
        const another = identified === true && (source === null || (customer !== undefined && customer !== before));
        if (another) this.forget();
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
        const { token, renewAt, identified } = this.#store.shared;
        const stillToIdentify = this.#identity !== null && identified !== true;
        return token && token !== refused && !stillToIdentify && Date.now() < (renewAt ?? 0) ? token : null;
    }

    /** One tab at a time; the others find what it has fetched. */
    #alone(fetchToken: () => Promise<string>): Promise<string> {
        const locks = navigator.locks as LockManager | undefined; // absent on pages without TLS
        return locks ? (locks.request(`vestibule:${this.#options.key}`, fetchToken) as Promise<string>) : fetchToken();
    }

    async #fetch(refused?: string): Promise<string> {
        const known = this.#usable(refused);
        if (known !== null) return known;
        const { token, visitorId, identified } = this.#store.shared;
        const identity = await this.#identityToken();
        const identity_token = identity ?? undefined;
        let answer: VisitorSessionAnswer | null = null;
        if (token && token !== refused) {
            answer = await this.#session(
                token,
                { identity_token: identified ? undefined : identity_token },
                [401, 422],
            );
        }
        // A visitor id of another workspace, or one too old, is refused; so is an identity that is not switched on.
        // A customer is found again by who they are: the visitor that they were before stays out of it.
        answer ??= await this.#session(
            this.#options.key,
            { visitor_id: visitorId, identity_token },
            visitorId ? [422] : [],
        );
        answer ??= await this.#session(this.#options.key, { identity_token }, []);
        if (answer === null) throw new Failure("internal");
        this.config = answer.config ?? this.config;
        this.#store.remember({
            token: answer.token,
            renewAt: Date.now() + Math.max(answer.expires_in * 1000 - EARLY, answer.expires_in * 500),
            visitorId: answer.visitor_id,
            identified: identity !== null || (identified && answer.visitor_id === visitorId) ? true : undefined,
        });
        // Before the next tab has its turn, so that it finds this visitor. Where consent is asked for, that decides.
        if (answer.config?.privacy.consent_required === false) this.#store.allow();
        return answer.token;
    }

    async #identityToken(): Promise<string | null> {
        const source = this.#identity;
        try {
            return typeof source === "function" ? await source() : source;
        } catch (error) {
            // The shop's back end is away. Nobody is kept from asking; it is tried again with the next token.
            console.warn("vestibule: the page could not say who the shopper is", error);
            return null;
        }
    }

    /** Null for a status in `passedOver`. */
    async #session(credential: string, body: Record<string, string | undefined>, passedOver: number[]) {
        const locale = encodeURIComponent(this.#options.locale());
        const url = `${this.#options.server}/api/v1/widget/session?locale=${locale}`;
        const send = async (proof?: string) =>
            (await call(url, credential, { body: { ...body, proof } })).json() as Promise<VisitorSessionAnswer>;
        try {
            return await send();
        } catch (error) {
            const failure = Failure.from(error);
            if (passedOver.includes(failure.status)) return null;
            // Only the key's owner knows whether it asks for work; the gateway tells when there is none.
            const challenge =
                failure.code === "forbidden" && credential === this.#options.key && (await this.#challenge());
            if (!challenge) throw failure;
            return await send(await prove(challenge)).catch((again: unknown) => {
                if (passedOver.includes(Failure.from(again).status)) return null;
                throw again;
            });
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
