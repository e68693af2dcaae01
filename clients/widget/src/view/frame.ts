// What is there from the beginning: the button, and the place for the panel.
import type { Options } from "../options.ts";
import type { Name, Texts } from "../text/texts.ts";
import { button, h, icon, pill, set } from "./dom.ts";
import { Look } from "./look.ts";
import styles from "./styles.css";

/** One for all chats of a page. Made by script, so that no policy needs to allow inline styles. */
let sheet: CSSStyleSheet | null = null;

function styleSheet(): CSSStyleSheet {
    if (sheet === null) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
    }
    return sheet;
}

export interface FrameActions {
    open(): void;
    escape(): void;
}

export class Frame {
    readonly look: Look;
    readonly launcher: HTMLButtonElement;
    readonly #shadow: ShadowRoot;
    readonly #root: HTMLElement;
    readonly #options: Options;
    readonly #actions: FrameActions;
    readonly #badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
    #texts: Texts;
    #panel: HTMLElement | null = null;
    #unread = 0;
    /** What the page itself had said about scrolling. */
    #overflow: string | null = null;

    constructor(
        host: HTMLElement,
        shadow: ShadowRoot,
        options: Options,
        texts: Texts,
        signal: AbortSignal,
        actions: FrameActions,
    ) {
        this.#shadow = shadow;
        this.#options = options;
        this.#texts = texts;
        this.#actions = actions;
        this.launcher = h(
            "button",
            { type: "button", class: "launcher", "aria-haspopup": "dialog" },
            [icon("chat"), options.label, this.#badge],
            { click: () => actions.open() },
        );
        // A page's shortcuts are not meant for who writes here.
        const own = (event: Event) => event.stopPropagation();
        this.#root = h("div", { class: "root", role: "region" }, [this.launcher], {
            keydown: (event) => (own(event), this.#key(event)),
            keypress: own,
            keyup: own,
        });
        this.look = new Look(this.#root, options, signal);
        shadow.adoptedStyleSheets = [styleSheet()];
        shadow.replaceChildren(this.#root);
        set(host, { "data-inline": this.look.position === "inline" });
        this.setTexts(texts);
    }

    get isOpen(): boolean {
        return this.#panel !== null;
    }

    get hasFocus(): boolean {
        return this.#shadow.activeElement !== null || document.activeElement === document.body;
    }

    setTexts(texts: Texts): void {
        this.#texts = texts;
        set(this.#root, {
            dir: texts.direction,
            lang: texts.locale,
            "aria-label": this.#options.label ?? texts.get("open"),
        });
        this.setUnread(this.#unread);
    }

    setUnread(count: number): void {
        this.#unread = count;
        const open = this.#options.label ?? this.#texts.get("open");
        this.#badge.hidden = count === 0;
        this.#badge.textContent = String(count);
        set(this.launcher, { "aria-label": count === 0 ? open : `${open}, ${this.#texts.count("unread", count)}` });
    }

    /** The panel; without one, a place that says that it is being loaded. */
    show(panel: HTMLElement | null): void {
        const shown =
            panel ??
            this.#waiting([
                h("div", { class: "dots", "aria-hidden": "true" }, [h("i"), h("i"), h("i")]),
                h("p", { class: "sr", role: "status" }, this.#texts.get("loading")),
            ]);
        const focused = this.#shadow.activeElement;
        if (this.#panel) this.#panel.replaceWith(shown);
        else this.#root.append(shown);
        this.#panel = shown;
        this.launcher.hidden = true;
        this.setUnread(0);
        set(shown, { "aria-modal": this.look.isFull ? "true" : null });
        // A panel that takes the place of another one takes its focus as well.
        if (focused && focused !== this.launcher && !focused.isConnected) this.focusPanel();
        if (this.look.isFull) this.#holdPage();
    }

    fail(text: Name, again: (() => void) | null): void {
        if (!this.isOpen) return;
        const retry = again && pill(this.#texts.get("retry"), () => (this.show(null), again()), { class: "pill main" });
        this.#panel?.replaceWith(
            (this.#panel = this.#waiting([h("p", { role: "alert" }, this.#texts.get(text)), retry])),
        );
        this.focusPanel();
    }

    hide(): void {
        this.#panel?.remove();
        this.#panel = null;
        this.launcher.hidden = false;
        this.#releasePage();
        this.launcher.focus({ preventScroll: true });
    }

    focusPanel(): void {
        this.#panel?.focus({ preventScroll: true });
    }

    close(): void {
        this.#releasePage();
        this.#shadow.replaceChildren();
    }

    #waiting(content: readonly (HTMLElement | null)[]): HTMLElement {
        const close =
            this.look.position === "inline"
                ? null
                : button(this.#texts.get("close"), "close", () => this.#actions.escape());
        return h("section", { class: "panel", role: "dialog", "aria-label": this.#texts.get("open"), tabindex: -1 }, [
            h("header", {}, [h("div", { class: "names" }), close]),
            h("div", { class: "log" }, [h("div", { class: "theirs" }, content)]),
        ]);
    }

    #key(event: KeyboardEvent): void {
        if (event.key === "Escape") return this.#actions.escape();
        if (event.key !== "Tab" || !this.#panel || !this.look.isFull) return;
        // On a small screen nothing else is to be seen, so nothing else is to be reached.
        const stops = [
            ...this.#panel.querySelectorAll<HTMLElement>(
                "button:not(:disabled), a[href], input, textarea, summary, [tabindex='0']",
            ),
        ].filter((stop) => stop.getClientRects().length > 0);
        const edge = event.shiftKey ? stops[0] : stops.at(-1);
        const { activeElement } = this.#shadow;
        if (activeElement !== edge && activeElement !== this.#panel) return;
        event.preventDefault();
        (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
    }

    #holdPage(): void {
        this.#overflow ??= document.documentElement.style.overflow;
        document.documentElement.style.overflow = "hidden";
    }

    #releasePage(): void {
        if (this.#overflow !== null) document.documentElement.style.overflow = this.#overflow;
        this.#overflow = null;
    }
}
