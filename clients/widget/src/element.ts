// <vestibule-chat>: a chat where a page has put one.
import type { IdentitySource, PageContext, VestibuleChatElement } from "../types/public.d.ts";
import { Chat } from "./chat.ts";
import { ATTRIBUTES, readOptions } from "./options.ts";

/** Where the script came from, for elements that do not name a gateway. */
export const home: { server: string | null } = { server: null };
/** Those that are in the page, in the order in which they came. */
export const chats = new Set<VestibuleChat>();

export class VestibuleChat extends HTMLElement implements VestibuleChatElement {
    static readonly observedAttributes = ATTRIBUTES;
    readonly #shadow = this.attachShadow({ mode: "open" });
    #chat: Chat | null = null;
    // Said before the element was in a page.
    #identity: [source: IdentitySource | null, customer: string | undefined] | null = null;
    #context: PageContext | null = null;

    connectedCallback(): void {
        const options = readOptions((name) => this.getAttribute(name), home.server);
        if (options === null) {
            console.warn("vestibule: the attribute `key` or `server` is missing");
            return;
        }
        chats.add(this);
        this.#chat = new Chat(this, this.#shadow, options);
        if (this.#identity) void this.#chat.identify(...this.#identity);
        if (this.#context) this.#chat.setContext(this.#context);
    }

    disconnectedCallback(): void {
        chats.delete(this);
        this.#chat?.destroy();
        this.#chat = null;
    }

    attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
        // While a document is parsed, attributes come before the element is connected.
        if (before === now || !this.isConnected || !this.shadowRoot) return;
        this.disconnectedCallback();
        this.connectedCallback();
    }

    get isOpen(): boolean {
        return this.#chat?.isOpen ?? false;
    }

    async open(): Promise<void> {
        await this.#chat?.open();
    }

    close(): void {
        this.#chat?.close();
    }

    async ask(question: string): Promise<void> {
        if (question.trim() !== "") await this.#chat?.ask(question.trim());
    }

    async identify(source: IdentitySource | null, customer?: string): Promise<void> {
        this.#identity = [source, customer];
        await this.#chat?.identify(source, customer);
    }

    setContext(context: PageContext | null): void {
        this.#context = context;
        this.#chat?.setContext(context);
    }
}
