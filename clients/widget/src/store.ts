// What this browser remembers of a chat: for all tabs in localStorage, for one tab in sessionStorage. Until the shopper
// has agreed, where the shop asks for that, all of it is in memory only.
import type { WidgetConfig } from "./gateway/wire.ts";

/** For all tabs. */
export interface Remembered {
    visitorId?: string;
    token?: string;
    /** Milliseconds since 1970, by this device's clock. */
    renewAt?: number;
    /** A customer, and which one, if the page said it. */
    identified?: boolean;
    customer?: string;
    conversation?: string;
    consent?: boolean;
    /** What the button of the next page looks like. */
    config?: WidgetConfig;
}

/** For one tab. */
export interface TabState {
    open?: boolean;
    autoOpened?: boolean;
    /** A question without an answer. */
    pending?: string;
    draft?: string;
}

export class Store {
    readonly #name: string;
    #shared: Remembered;
    #tab: TabState;
    /** Whether it may be written down. */
    #lasting: boolean;

    constructor(name: string) {
        this.#name = `vestibule:${name}`;
        this.#shared = read(() => localStorage, this.#name);
        this.#tab = read(() => sessionStorage, this.#name);
        this.#lasting = this.#shared.visitorId !== undefined;
    }

    get shared(): Readonly<Remembered> {
        // Another tab may have written meanwhile; and where one was allowed to, its visitor is the one of this browser.
        const kept = read<Remembered>(() => localStorage, this.#name, this.#shared);
        this.#lasting ||= kept.visitorId !== undefined;
        if (this.#lasting) this.#shared = kept;
        return this.#shared;
    }

    get tab(): Readonly<TabState> {
        return this.#tab;
    }

    /** From now on it is written down. */
    allow(): void {
        const { shared } = this;
        if (!this.#lasting) write(() => localStorage, this.#name, shared);
        this.#lasting = true;
        this.rememberInTab({});
    }

    /** A member that is `undefined` is forgotten. */
    remember(change: { [Name in keyof Remembered]: Remembered[Name] | undefined }): void {
        this.#shared = { ...this.shared, ...change } as Remembered;
        if (this.#lasting) write(() => localStorage, this.#name, this.#shared);
    }

    rememberInTab(change: { [Name in keyof TabState]: TabState[Name] | undefined }): void {
        this.#tab = { ...this.#tab, ...change } as TabState;
        if (this.#lasting) write(() => sessionStorage, this.#name, this.#tab);
    }
}

// Reaching for a storage throws where the browser blocks it: in sandboxed frames, with cookies switched off.

function read<Kept extends object>(storage: () => Storage, name: string, otherwise?: Kept): Kept {
    try {
        const kept: unknown = JSON.parse(storage().getItem(name) ?? "null");
        return (typeof kept === "object" && kept !== null ? kept : {}) as Kept;
    } catch {
        return otherwise ?? ({} as Kept);
    }
}

function write(storage: () => Storage, name: string, value: object): void {
    try {
        storage().setItem(name, JSON.stringify(value));
    } catch {
        // Full or blocked: it is remembered for as long as the page lives.
    }
}
