// The panel: what is said, in order, and where it is said. Shows a conversation and tells what the shopper does.
import type { PageContext } from "../../types/public.d.ts";
import { webAddress } from "../chat/products.ts";
import type { Conversation } from "../chat/conversation.ts";
import { type Turn, isRunning } from "../chat/turn.ts";
import type { Thumb } from "../gateway/wire.ts";
import { Composer } from "./composer.ts";
import { canReachPerson, contact, isClosed } from "./contact.ts";
import { button, h, icon, pill } from "./dom.ts";
import { Menu, type MenuItem, head } from "./head.ts";
import type { Surroundings } from "./surroundings.ts";
import { TurnView, failureText, turnAsText } from "./turn.ts";

/** Within so many pixels of the end, the end stays in sight. */
const NEAR_END = 80;
/** With so many pixels below, there is something to be seen there: more than the padding of .log. */
const MORE_BELOW = 24;
/** Above a question that stands first; in styles.css the padding of .log. */
const MARGIN = 18;

export interface PanelActions {
    close: (() => void) | null;
    ask(question: string, suggested: boolean): void;
    stop(): void;
    retry(turn: Turn): void;
    earlier(): Promise<void>;
    restart(): Promise<void>;
    consent(given: boolean): void;
    draft(text: string): void;
    feedback(answer: string, value: Thumb, reason?: string): Promise<void>;
    handover(fields: Record<string, string | boolean>): Promise<void>;
}

export class Panel {
    readonly element: HTMLElement;
    readonly menu: Menu;
    readonly #around: Surroundings;
    readonly #actions: PanelActions;
    readonly #conversation: Conversation;
    readonly #composer: Composer;
    readonly #views = new Map<string, TurnView>();
    readonly #turns = h("div", { class: "turn" });
    readonly #begin = h("div", { class: "turn" });
    readonly #end = h("div");
    readonly #log: HTMLElement;
    readonly #latest: HTMLButtonElement;
    readonly #foot = h("div", { class: "foot" });
    readonly #status = h("div", { class: "sr", role: "status" });
    readonly #due = new Set<Turn>();
    #frame = 0;

    constructor(around: Surroundings, conversation: Conversation, actions: PanelActions) {
        this.#around = around;
        this.#conversation = conversation;
        this.#actions = actions;
        const { texts, config } = around;
        this.menu = new Menu(around, this.#menuItems());
        this.#composer = new Composer(around, { ...actions, ask: (question) => actions.ask(question, false) });
        this.#log = h(
            "div",
            { class: "log", role: "log", "aria-live": "off", tabindex: 0, "aria-labelledby": "title" },
            [this.#begin, this.#turns, this.#end],
            { scroll: () => this.#scrolled() },
        );
        this.#latest = button(texts.get("latest"), "down", () => this.#toEnd(true), {
            class: "round latest",
            hidden: true,
        });
        this.element = h("section", { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1 }, [
            head(around, this.menu.button, actions.close),
            this.menu.list,
            config.ai_disclosure &&
                h("p", { class: "disclosure" }, [icon("spark"), h("span", { dir: "auto" }, config.ai_disclosure)]),
            this.#log,
            this.#foot,
            this.#status,
        ]);
    }

    // ---------------------------------------------------------------- what is shown

    /** All of it, anew. */
    show(consentNeeded: boolean): void {
        for (const view of this.#views.values()) view.close();
        this.#views.clear();
        this.#turns.replaceChildren(...this.#conversation.turns.map((turn) => this.#view(turn).element));
        this.#end.replaceChildren();
        this.#showBegin(consentNeeded);
        this.#showFoot(consentNeeded);
        this.#composer.setAnswering(this.#conversation.running !== null);
        if (this.#conversation.turns.length > 0) this.#toEnd();
    }

    /** With the next frame: pieces of an answer come faster than anybody reads. */
    turn(turn: Turn): void {
        this.#due.add(turn);
        // A page in the background has no frames, and must not owe them when it comes back.
        if (document.hidden) this.#flush();
        else this.#frame ||= requestAnimationFrame(() => this.#flush());
    }

    settled(turn: Turn): void {
        this.turn(turn);
        const { texts } = this.#around;
        const failed = turn.code !== null ? ` ${texts.get(failureText(turn.code, turn.answer))}` : "";
        // Once, and whole: a screen reader that is given every word stumbles over each.
        this.announce(turn.progress === "stopped" ? texts.get("stopped") : turn.answer + failed);
    }

    earlier(turns: readonly Turn[]): void {
        const before = this.#log.scrollHeight;
        this.#turns.prepend(...turns.map((turn) => this.#view(turn).element));
        this.#showBegin(false);
        this.#log.scrollTop += this.#log.scrollHeight - before;
    }

    /** A way to a person, below what was said. */
    offerPerson(by: "menu" | "refusals" | "gateway"): void {
        if (!canReachPerson(this.#around.config)) return;
        const card = contact(this.#around, by, this.#actions.handover);
        this.#end.replaceChildren(card);
        this.#follow(card, true);
        if (by === "menu") card.querySelector<HTMLElement>("a, input, textarea")?.focus({ preventScroll: true });
    }

    announce(text: string): void {
        this.#status.textContent = text;
    }

    fill(text: string): void {
        this.#composer.fill(text);
    }

    setContext(context: PageContext | null): void {
        this.#composer.setContext(context);
    }

    focus(): void {
        // On a phone the keyboard would cover half of what there is to read.
        const types = matchMedia("(hover: hover)").matches;
        if (types && this.#foot.contains(this.#composer.element)) this.#composer.focus();
        else (this.#foot.querySelector<HTMLElement>("button.main") ?? this.element).focus({ preventScroll: true });
    }

    close(): void {
        cancelAnimationFrame(this.#frame);
        for (const view of this.#views.values()) view.close();
    }

    #view(turn: Turn): TurnView {
        const { retry, feedback } = this.#actions;
        const view = new TurnView(this.#around, turn, { retry, feedback });
        this.#views.set(turn.id, view);
        return view;
    }

    #flush(): void {
        this.#frame = 0;
        const atEnd = this.#below < NEAR_END;
        let asked = false;
        for (const turn of this.#due) {
            const view = this.#views.get(turn.id);
            const again =
                view !== undefined &&
                this.#turns.lastElementChild !== view.element &&
                isRunning(turn) &&
                turn.answer === "";
            if (view && !again) view.update(turn);
            else {
                // Asked, or asked again: it goes to the end.
                view?.element.remove();
                this.#turns.append(this.#view(turn).element);
                this.#end.replaceChildren();
                this.#begin.querySelector(".pills")?.remove();
                asked = true;
            }
        }
        this.#due.clear();
        this.#composer.setAnswering(this.#conversation.running !== null);
        if (atEnd || asked) this.#follow(this.#turns.lastElementChild);
        this.#scrolled();
    }

    #showBegin(consentNeeded: boolean): void {
        const { texts, config } = this.#around;
        const { turns, cursor } = this.#conversation;
        const closed = isClosed(config);
        const parts: Node[] = [];
        if (cursor !== null) parts.push(pill(texts.get("earlier"), () => void this.#actions.earlier()));
        else if (config.greeting && !closed) {
            const said = h("span", { class: "sr" }, `${texts.get("assistant")}: `);
            parts.push(
                h("div", { class: "theirs" }, [said, h("div", { class: "bubble", dir: "auto" }, config.greeting)]),
            );
        }
        if (closed) parts.push(this.#away());
        else if (!config.business_hours.open && config.support.offline_message)
            parts.push(h("p", { class: "note", dir: "auto" }, config.support.offline_message));
        if (turns.length === 0 && !closed && !consentNeeded && config.suggested.length > 0) {
            const questions = config.suggested.map((question) =>
                pill(question, () => this.#actions.ask(question, true), { dir: "auto" }),
            );
            parts.push(h("div", { class: "pills", role: "group", "aria-label": texts.get("suggested") }, questions));
        }
        this.#begin.replaceChildren(...parts);
    }

    #away(): HTMLElement {
        const { texts, config } = this.#around;
        if (canReachPerson(config)) return contact(this.#around, "hours", this.#actions.handover);
        return h("p", { dir: "auto" }, config.support.offline_message ?? texts.get("teamClosed"));
    }

    #showFoot(consentNeeded: boolean): void {
        const { texts, config } = this.#around;
        const privacy = webAddress(config.privacy.privacy_url);
        const policy =
            privacy === null
                ? null
                : h("a", { href: privacy, target: "_blank", rel: "noopener noreferrer" }, texts.get("privacy"));
        const asks = consentNeeded && !isClosed(config);
        const powered = config.appearance.show_powered_by && texts.get("powered", { name: "Vestibule" });
        const shown = asks ? null : policy;
        const line = h("p", { class: "fine" }, [shown, shown && powered && " · ", powered]);
        const input = asks ? this.#consent(policy) : this.#composer.element;
        this.#foot.replaceChildren(this.#latest, ...(isClosed(config) ? [] : [input]), line);
    }

    #consent(policy: Node | null): HTMLElement {
        const { texts } = this.#around;
        return h("div", { class: "ask" }, [
            h("p", {}, [`${texts.get("consent")} `, policy]),
            h("div", { class: "pills" }, [
                pill(texts.get("consentYes"), () => this.#actions.consent(true), { class: "pill main" }),
                pill(texts.get("consentNo"), () => this.#actions.consent(false)),
            ]),
        ]);
    }

    // ---------------------------------------------------------------- the menu

    #menuItems(): MenuItem[] {
        const items: MenuItem[] = [
            { name: "transcript", picture: "save", action: () => this.#saveTranscript() },
            { name: "restart", picture: "restart", action: () => this.#askRestart() },
        ];
        if (canReachPerson(this.#around.config))
            items.unshift({ name: "person", picture: "person", action: () => this.offerPerson("menu") });
        return items;
    }

    #saveTranscript(): void {
        const { config } = this.#around;
        const parts = [
            config.title,
            config.ai_disclosure,
            config.greeting,
            ...this.#conversation.turns.map((turn) => turnAsText(this.#around, turn)),
        ];
        // The mark at the beginning tells programs on Windows that it is UTF-8.
        const file = new Blob(["\ufeff", parts.filter(Boolean).join("\n\n"), "\n"], {
            type: "text/plain;charset=utf-8",
        });
        const address = URL.createObjectURL(file);
        h("a", { href: address, download: `chat-${new Date().toISOString().slice(0, 10)}.txt` }).click();
        setTimeout(() => URL.revokeObjectURL(address), 10_000);
    }

    #askRestart(): void {
        const { texts } = this.#around;
        const failed = h("p", { class: "note bad", role: "status" });
        const yes = () =>
            void this.#actions.restart().catch(() => {
                failed.textContent = texts.get("notSent");
                failed.scrollIntoView({ block: "nearest" });
            });
        const keep = () => (this.#end.replaceChildren(), this.focus());
        const box = h("div", { class: "box" }, [
            h("p", { id: "restart" }, texts.get("restartQuestion")),
            h("div", { class: "pills", role: "group", "aria-labelledby": "restart" }, [
                pill(texts.get("restartYes"), yes, { class: "pill main" }),
                pill(texts.get("cancel"), keep),
            ]),
            failed,
        ]);
        this.#end.replaceChildren(box);
        this.#toEnd(true);
        box.querySelector("button")?.focus();
    }

    // ---------------------------------------------------------------- scrolling

    /** What is below of what is seen, in pixels. */
    get #below(): number {
        const { scrollHeight, scrollTop, clientHeight } = this.#log;
        return scrollHeight - scrollTop - clientHeight;
    }

    /** To the end, but not past the beginning of this: what is long is read from there. */
    #follow(part: Element | null, smooth = false): void {
        const end = this.#below;
        const past = part ? part.getBoundingClientRect().top - this.#log.getBoundingClientRect().top - MARGIN : end;
        this.#scroll(this.#log.scrollTop + Math.min(end, past), smooth);
    }

    #toEnd(smooth = false): void {
        this.#scroll(this.#log.scrollHeight, smooth);
    }

    #scroll(top: number, smooth: boolean): void {
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        this.#log.scrollTo({ top, behavior: smooth && !still ? "smooth" : "instant" });
    }

    #scrolled(): void {
        this.#latest.hidden = this.#below < MORE_BELOW;
    }
}
