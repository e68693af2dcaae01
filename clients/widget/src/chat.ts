// One chat, from when its element is put into the page until it is taken out: ties the conversation to its view.
import type { IdentitySource, PageContext, VestibuleEvents } from "../types/public.d.ts";
import { Conversation } from "./chat/conversation.ts";
import { type Turn, randomId } from "./chat/turn.ts";
import { Failure } from "./gateway/failure.ts";
import { Gateway } from "./gateway/gateway.ts";
import { Visitor } from "./gateway/visitor.ts";
import type { WidgetConfig } from "./gateway/wire.ts";
import type { Options } from "./options.ts";
import { Store } from "./store.ts";
import { Texts, loadTexts, wantedLocales } from "./text/texts.ts";
import { turnProducts } from "./view/cards.ts";
import { isClosed } from "./view/contact.ts";
import { Frame } from "./view/frame.ts";
import { Panel } from "./view/panel.ts";
import { type Surroundings, plainConfig } from "./view/surroundings.ts";
import { failureText } from "./view/turn.ts";

type OpenedBy = VestibuleEvents["vestibule:open"]["by"];

/** The gateway's own (`settings.ai_disclosure`). */
const UNCHANGED = "You are chatting with an AI assistant.";
/** Longest time that a browser can be asked to wait. */
const LONGEST = 2 ** 31 - 1;

export class Chat {
    readonly #host: HTMLElement;
    readonly #options: Options;
    readonly #store: Store;
    readonly #visitor: Visitor;
    readonly #gateway: Gateway;
    readonly #frame: Frame;
    readonly #gone = new AbortController();
    readonly #timers = new Map<"hours" | "open", ReturnType<typeof setTimeout>>();
    #texts: Texts;
    #conversation: Conversation | null = null;
    #around: Surroundings | null = null;
    #panel: Panel | null = null;
    #begun: Promise<void> | null = null;
    #context: PageContext | null = null;
    #asked = 0;
    /** What the conversation is called that begins with a hand-over. */
    #unasked: string | null = null;
    #unread = 0;

    constructor(host: HTMLElement, shadow: ShadowRoot, options: Options) {
        this.#host = host;
        this.#options = options;
        // The part of a key that is no secret even among those who may see it.
        const name = options.key.split("_").slice(2, 4).join("_");
        this.#store = new Store(name);
        this.#visitor = new Visitor(
            { server: options.server, key: options.key, locale: () => this.#locale },
            this.#store,
        );
        this.#gateway = new Gateway(options.server, this.#visitor);
        this.#texts = Texts.forButton(...wantedLocales(options.locale));
        this.#frame = new Frame(host, shadow, options, this.#texts, this.#gone.signal, {
            open: () => void this.open("click"),
            refocus: () => this.#focus(),
            escape: () => (this.#panel?.menu.isOpen ? this.#panel.menu.close() : this.close()),
        });
        const { config } = this.#store.shared;
        this.#frame.look.apply(config ?? null);
        this.#frame.launcher.hidden = hiddenNow(config, new Date());
        this.#openByItself(config);
        this.#emit("vestibule:ready", {});
    }

    get isOpen(): boolean {
        return this.#frame.isOpen;
    }

    async open(by: OpenedBy = "page", focus = true): Promise<void> {
        if (!this.isOpen) {
            this.#unread = 0;
            this.#store.rememberInTab({ open: true });
            this.#frame.show(this.#panel?.element ?? null);
            this.#emit("vestibule:open", { by });
        }
        this.#begun ??= this.#begin();
        if (focus) this.#focus();
        await this.#begun;
        if (focus && this.#frame.hasFocus) this.#focus();
    }

    close(): void {
        if (!this.isOpen || this.#frame.look.position === "inline") return;
        this.#store.rememberInTab({ open: undefined });
        this.#frame.hide();
        this.#emit("vestibule:close", {});
    }

    async ask(question: string, suggested = false): Promise<void> {
        await this.open();
        const conversation = this.#conversation;
        if (!conversation || !this.#panel) return;
        if (this.#around && isClosed(this.#around.config)) return;
        if (this.#options.preview) return this.#panel.fill(question);
        // Nothing is sent before the shopper has agreed, and one question at a time.
        if (this.#consentNeeded || conversation.running) return this.#panel.fill(question);
        this.#emit("vestibule:question", {
            number: ++this.#asked,
            characters: [...question].length,
            suggested,
            conversation: this.#store.shared.conversation ?? null,
        });
        this.#panel.announce(this.#texts.get("writing"));
        await conversation.ask(question, this.#locale, suggested);
    }

    async identify(source: IdentitySource | null, customer?: string): Promise<void> {
        const another = this.#visitor.identify(source, customer);
        if (!this.#conversation) return;
        if (another) this.#conversation.leave();
        if (source === null) return;
        await this.#visitor.token();
        if (this.#conversation.turns.length === 0) await this.#conversation.resume();
    }

    setContext(context: PageContext | null): void {
        this.#context = context;
        this.#panel?.setContext(context);
    }

    destroy(): void {
        this.#gone.abort();
        for (const timer of this.#timers.values()) clearTimeout(timer);
        this.#panel?.close();
        this.#conversation?.close();
        this.#frame.close();
    }

    // ---------------------------------------------------------------- the beginning

    /** What is loaded with the first click. */
    async #begin(): Promise<void> {
        try {
            // Most likely these; what the shop has is only known with its settings.
            const likely = this.#loadTexts().then((texts) => this.#frame.setTexts((this.#texts = texts)));
            const { preview } = this.#options;
            const settings = preview ? Promise.resolve(preview) : this.#gateway.config(this.#locale);
            const config = await settings.finally(() => likely);
            await this.#take(config);
            if (this.#gone.signal.aborted) return;
            if (!this.#consentNeeded) this.#allow();
            this.#conversation ??= new Conversation(this.#options.key, this.#gateway, this.#store, {
                reset: () => this.#panel?.show(this.#consentNeeded),
                earlier: (turns) => this.#panel?.earlier(turns),
                turn: (turn) => this.#panel?.turn(turn),
                settled: (turn, milliseconds, handover) => this.#settled(turn, milliseconds, handover),
            });
            if (!preview)
                await this.#conversation
                    .resume()
                    .catch((error: unknown) => console.warn("vestibule: no history", error));
            if (this.#gone.signal.aborted) return;
            this.#build();
        } catch (error) {
            this.#begun = null;
            if (this.#gone.signal.aborted) return;
            const { code, message } = Failure.from(error);
            console.warn(`vestibule: ${code}: ${message}`);
            const again = failureText(code) === "notHere" ? null : () => void this.open();
            this.#frame.fail(failureText(code), again);
        }
    }

    /** The shop's settings as they are now. */
    async #take(config: WidgetConfig | null): Promise<void> {
        // One language in the whole panel: the shop's texts decide, unless the page insists.
        this.#texts = await this.#loadTexts(config?.locale);
        const known = config ?? plainConfig(this.#texts);
        // The sentence that no shop has changed is known in more languages here than there.
        if (known.ai_disclosure === UNCHANGED) known.ai_disclosure = this.#texts.get("disclosure");
        this.#around = { texts: this.#texts, config: known, emit: (name, detail) => this.#emit(name, detail) };
        this.#store.remember({ config: known });
        this.#frame.setTexts(this.#texts);
        this.#frame.look.apply(known);
        this.#waitForHours(known);
    }

    #build(): void {
        const { look } = this.#frame;
        if (!this.#around || !this.#conversation) return;
        const conversation = this.#conversation;
        this.#panel?.close();
        const panel = (this.#panel = new Panel(this.#around, conversation, {
            close: look.position === "inline" ? null : () => this.close(),
            ask: (question, suggested) => void this.ask(question, suggested),
            stop: () => conversation.stop(),
            retry: (turn) => void conversation.retry(turn, this.#locale),
            earlier: () => conversation.earlier(),
            restart: () => this.#restart(conversation),
            consent: (given) => this.#consent(given),
            draft: (draft) => this.#store.rememberInTab({ draft: draft || undefined }),
            feedback: (answer, value, reason) => this.#gateway.feedback(answer, value, reason),
            handover: (fields) => this.#handover(fields),
        }));
        panel.setContext(this.#context);
        panel.fill(this.#draft);
        if (this.isOpen) this.#frame.show(panel.element);
        panel.show(this.#consentNeeded);
    }

    // ---------------------------------------------------------------- what happens

    #settled(turn: Turn, milliseconds: number, handover: boolean): void {
        const around = this.#around;
        if (!around) return;
        this.#panel?.settled(turn);
        const outcomes = { done: turn.refused ? "refused" : "answered", stopped: "stopped" } as const;
        this.#emit("vestibule:answer", {
            id: turn.answerId,
            outcome: outcomes[turn.progress as keyof typeof outcomes] ?? "failed",
            code: turn.code,
            milliseconds,
            sources: turn.sources.length,
            products: turnProducts(around, turn).length,
        });
        const { after_refusals } = around.config.support;
        const refusals = this.#conversation?.refusals ?? 0;
        if (handover) this.#panel?.offerPerson("gateway");
        else if (after_refusals !== null && refusals >= after_refusals) this.#panel?.offerPerson("refusals");
        if (!this.isOpen) this.#frame.setUnread(++this.#unread);
    }

    /** Where nothing was asked yet, the conversation begins with it; tried again, it is the same one. */
    async #handover(fields: Record<string, string | boolean>): Promise<void> {
        if (this.#options.preview) return;
        this.#unasked ??= randomId();
        const session_id = this.#store.shared.conversation ?? this.#unasked;
        await this.#gateway.handover({ ...fields, session_id, locale: this.#texts.locale });
        this.#store.remember({ conversation: session_id });
        this.#unasked = null;
    }

    async #restart(conversation: Conversation): Promise<void> {
        await conversation.restart();
        this.#emit("vestibule:restart", {});
        this.#focus();
    }

    #consent(given: boolean): void {
        this.#emit("vestibule:consent", { given });
        if (!given) return this.close();
        const draft = this.#draft;
        this.#allow();
        this.#store.remember({ consent: true });
        this.#panel?.show(false);
        this.#panel?.fill(draft);
        this.#focus();
    }

    #openByItself(config: WidgetConfig | undefined): void {
        const { look } = this.#frame;
        // A page that is made ready in case somebody comes: until they do, nothing is asked for.
        if ((document as { prerendering?: boolean }).prerendering) {
            const { signal } = this.#gone;
            const come = () => this.#openByItself(config);
            return document.addEventListener("prerenderingchange", come, { once: true, signal });
        }
        if (look.position === "inline") {
            // Where the shop has put it: once it is in sight.
            const seen = new IntersectionObserver(
                ([entry]) => entry?.isIntersecting && (seen.disconnect(), void this.open("page", false)),
            );
            seen.observe(this.#host);
            this.#gone.signal.addEventListener("abort", () => seen.disconnect());
            return;
        }
        // On a small screen it would cover the page that the shopper has just gone to.
        if (look.isFull) return;
        if (this.#store.tab.open) return void this.open("page", false);
        const seconds = this.#options.autoOpen ?? config?.appearance.auto_open_secs ?? null;
        if (seconds === null || this.#store.tab.autoOpened) return;
        this.#wait("open", seconds * 1000, () => {
            this.#store.rememberInTab({ autoOpened: true });
            void this.open("timer", false);
        });
    }

    /** The next opening or closing changes what is shown. */
    #waitForHours({ business_hours: hours }: WidgetConfig): void {
        const change = hours.open ? hours.closes_at : hours.opens_at;
        if (change === null || this.#options.preview) return;
        this.#wait("hours", Date.parse(change) - Date.now() + 1000, () => {
            if (this.#conversation?.running) return;
            void this.#gateway
                .config(this.#locale, true)
                .then((config) => this.#take(config))
                .then(() => this.#build())
                .catch(() => {});
        });
    }

    #wait(name: "hours" | "open", milliseconds: number, then: () => void): void {
        clearTimeout(this.#timers.get(name));
        this.#timers.set(name, setTimeout(then, Math.min(Math.max(milliseconds, 0), LONGEST)));
    }

    // ---------------------------------------------------------------- small things

    #loadTexts(shop?: string): Promise<Texts> {
        return loadTexts(this.#options.server, this.#options.locale, shop, ...wantedLocales(null));
    }

    #allow(): void {
        if (!this.#options.preview) this.#store.allow();
    }

    get #locale(): string {
        return wantedLocales(this.#options.locale)[0] ?? "en";
    }

    get #consentNeeded(): boolean {
        return this.#around?.config.privacy.consent_required === true && this.#store.shared.consent !== true;
    }

    get #draft(): string {
        return this.#store.tab.draft ?? "";
    }

    #focus(): void {
        if (this.#panel) this.#panel.focus();
        else this.#frame.focusPanel();
    }

    #emit<Name extends keyof VestibuleEvents>(name: Name, detail: VestibuleEvents[Name]): void {
        this.#host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
    }
}

/** As far as the last visit told: a shop may want no chat outside its hours. */
function hiddenNow(config: WidgetConfig | undefined, now: Date): boolean {
    if (config?.support.after_hours !== "hide") return false;
    const { open, opens_at, closes_at } = config.business_hours;
    const change = open ? closes_at : opens_at;
    const stillSo = change === null || now < new Date(change);
    return stillSo ? !open : open;
}
