// Where questions are written.
import type { PageContext } from "../../types/public.d.ts";
import { webAddress } from "../chat/products.ts";
import { button, h, icon, isComposing, set } from "./dom.ts";
import type { Surroundings } from "./surroundings.ts";

/** From here on the shopper is told how many characters are left. */
const FEW = 100;

export interface ComposerActions {
    ask(question: string): void;
    stop(): void;
    draft(text: string): void;
}

export class Composer {
    readonly element: HTMLElement;
    readonly #around: Surroundings;
    readonly #actions: ComposerActions;
    readonly #input: HTMLTextAreaElement;
    readonly #send: HTMLButtonElement;
    readonly #count = h("p", { class: "count", id: "count", hidden: true });
    readonly #about = h("div", { class: "context", hidden: true });
    #context: PageContext | null = null;
    #answering = false;

    constructor(around: Surroundings, actions: ComposerActions) {
        this.#around = around;
        this.#actions = actions;
        const { texts, config } = around;
        this.#input = h(
            "textarea",
            {
                id: "question",
                rows: 1,
                autocomplete: "off",
                enterkeyhint: "send",
                "aria-describedby": "count",
                placeholder: config.placeholder ?? texts.get("placeholder"),
            },
            [],
            { input: () => this.#written(), keydown: (event) => this.#key(event) },
        );
        this.#send = button(texts.get("send"), "send", () => this.#press());
        const form = h("div", { class: "composer" }, [
            h("label", { class: "sr", for: "question" }, texts.get("label")),
            this.#input,
            this.#send,
        ]);
        this.element = h("div", {}, [this.#about, form, this.#count]);
        this.#refresh();
    }

    focus(): void {
        this.#input.focus({ preventScroll: true });
    }

    fill(text: string): void {
        this.#input.value = text;
        this.#written();
    }

    /** While it is, the button stops the answer. */
    setAnswering(answering: boolean): void {
        // Said with every piece of an answer: a picture that is replaced under a finger costs the click.
        if (answering === this.#answering) return;
        this.#answering = answering;
        const label = this.#around.texts.get(answering ? "stop" : "send");
        set(this.#send, { "aria-label": label, title: label });
        this.#send.replaceChildren(icon(answering ? "stop" : "send"));
        this.#refresh();
    }

    /** Shown above the input, and sent with the next question unless the shopper takes it away. */
    setContext(context: PageContext | null): void {
        this.#context = context;
        this.#about.hidden = context === null;
        const { texts } = this.#around;
        this.#about.replaceChildren(
            h("span", { dir: "auto" }, context ? texts.get("about", { title: context.title }) : ""),
            button(texts.get("remove"), "close", () => (this.setContext(null), this.focus())),
        );
        this.#refresh();
    }

    #left(): number {
        return this.#around.config.max_message_chars - [...this.#withContext()].length;
    }

    #withContext(): string {
        const question = this.#input.value.trim();
        if (this.#context === null) return question;
        const url = webAddress(this.#context.url);
        const about = this.#around.texts.get("about", { title: this.#context.title });
        return `${question}\n\n${about}${url ? ` (${url})` : ""}`;
    }

    #written(): void {
        this.#refresh();
        this.#actions.draft(this.#input.value);
    }

    #refresh(): void {
        const { texts } = this.#around;
        const left = this.#left();
        this.#input.style.setProperty("height", "40px");
        if (this.#input.value !== "")
            this.#input.style.setProperty("height", `${Math.min(this.#input.scrollHeight, 128)}px`);
        this.#count.hidden = left > FEW;
        this.#count.className = left < 0 ? "count bad" : "count";
        this.#count.textContent = this.#count.hidden
            ? ""
            : left < 0
              ? texts.count("over", -left)
              : texts.count("left", left);
        // What nothing is written in has the direction of the rest: by itself it would be from left to right.
        set(this.#input, { "aria-invalid": left < 0 && "true", dir: this.#input.value !== "" && "auto" });
        this.#send.disabled = !this.#answering && (this.#input.value.trim() === "" || left < 0);
    }

    #key(event: KeyboardEvent): void {
        if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
        event.preventDefault();
        if (!this.#answering) this.#press();
    }

    #press(): void {
        if (this.#answering) return this.#actions.stop();
        if (this.#send.disabled) return;
        const question = this.#withContext();
        this.setContext(null);
        this.fill("");
        this.#actions.ask(question);
    }
}
