// Types of what the widget offers to the shop's pages. Copied to dist/widget.d.ts:
//   /// <reference path="./widget.d.ts" />

/** What the shopper looks at: shown above the input, and added to the next question if the shopper leaves it there. */
export interface PageContext {
    /** Such as the product's name. */
    title: string;
    /** Its page; an absolute http(s) address. */
    url?: string;
}

/** An identity token of the shop's back end, or how to get one; null when nobody is logged in. */
export type IdentitySource = string | (() => string | null | Promise<string | null>);

/** The chat. */
export interface VestibuleChatElement extends HTMLElement {
    readonly isOpen: boolean;
    open(): Promise<void>;
    close(): void;
    /** Opens the chat and asks; resolves once the answer is there or has failed. */
    ask(question: string): Promise<void>;
    /**
     * Who the shopper is, from now on: asked for when it is needed, not before the chat was opened.
     * `customer` is any text that is another one for another customer: with it, somebody else who logs in
     * on the same device begins anew. Null is a logout, and forgets the conversation on this device.
     */
    identify(source: IdentitySource | null, customer?: string): Promise<void>;
    /** The page that is looked at; null for none. */
    setContext(context: PageContext | null): void;
}

/** `window.Vestibule`: all chats of the page; the methods are those of the first. */
export interface VestibuleApi {
    readonly version: string;
    readonly chats: readonly VestibuleChatElement[];
    open(): Promise<void>;
    close(): void;
    ask(question: string): Promise<void>;
    identify(source: IdentitySource | null, customer?: string): Promise<void>;
    setContext(context: PageContext | null): void;
}

/** Calls that are made once the script is there, at once if it is there already. */
export interface VestibuleQueue {
    push(...calls: ((vestibule: VestibuleApi) => void)[]): unknown;
}

/** What happened, for the shop's analytics. Texts of the shopper are in none of them. */
export interface VestibuleEvents {
    /** The button can be used. */
    "vestibule:ready": Record<string, never>;
    "vestibule:open": { by: "click" | "page" | "timer" };
    "vestibule:close": Record<string, never>;
    /** `number` counts the questions of this page view. */
    "vestibule:question": { number: number; characters: number; suggested: boolean; conversation: string | null };
    "vestibule:answer": {
        id: string | null;
        outcome: "answered" | "refused" | "stopped" | "failed";
        /** The code of the problem that was in the way. */
        code: string | null;
        milliseconds: number;
        sources: number;
        products: number;
    };
    "vestibule:product-click": { id: string | null; title: string; url: string; position: number };
    "vestibule:source-click": { title: string; url: string };
    "vestibule:handover": {
        by: "menu" | "refusals" | "gateway" | "hours";
        way: "shown" | "email" | "phone" | "url" | "form";
    };
    "vestibule:feedback": { id: string; value: "up" | "down" };
    "vestibule:consent": { given: boolean };
    "vestibule:restart": Record<string, never>;
}

type Happening<Name extends keyof VestibuleEvents> = CustomEvent<VestibuleEvents[Name]>;
type Happenings = { [Name in keyof VestibuleEvents]: Happening<Name> };

declare global {
    interface Window {
        Vestibule?: VestibuleApi;
        VestibuleQueue?: VestibuleQueue;
    }
    interface HTMLElementTagNameMap {
        "vestibule-chat": VestibuleChatElement;
    }
    interface HTMLElementEventMap extends Happenings {}
    interface DocumentEventMap extends Happenings {}
}
