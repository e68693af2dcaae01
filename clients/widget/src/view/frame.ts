// What is there from the beginning: the button, and the place for the panel.
import type { Options } from "../options.ts";
import type { Name, Texts } from "../text/texts.ts";
import { button, h, icon, isComposing, pill, set } from "./dom.ts";
import { Look } from "./look.ts";
import styles from "./styles.css";

/**
 * What pages listen for: shortcuts, wheels and fingers for smooth scrolling, copying that they forbid. What is done in
 * the chat is not meant for them.
 */
const OWN = "keydown keypress keyup wheel touchmove copy cut paste contextmenu selectstart";

/** Made by script, so that no policy needs to allow inline styles; each is one for all chats of a page. */
function styleSheet(text: string): CSSStyleSheet {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
}

const LOOKS = styleSheet(styles);
/** While a panel fills the screen. A rule and no style of the element, which scripts of the page may have set as well. */
const STILL = styleSheet("html{overflow:hidden!important}");

export interface FrameActions {
    open(): void;
    escape(): void;
    /** What had the focus is gone. */
    refocus(): void;
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
    /** Where the focus is, if it is here. */
    #focused: Element | null = null;
    /** What had the focus when the panel was opened, if it was something of the page. */
    #opener: HTMLElement | null = null;

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
        this.#root = h("div", { class: "root", role: "region" }, [this.launcher], {
            keydown: (event) => this.#key(event),
            // From one thing in here to another; what comes from the page is seen below.
            focusin: ({ target }) => (this.#focused = target as Element),
            // Whoever has gone elsewhere stays there.
            focusout: ({ target }) =>
                queueMicrotask(() => {
                    if (target === this.#focused && isThere(target as Element)) this.#focused = null;
                }),
        });
        // Drawers of pages fetch the focus back. Those of jQuery hear of it at the document, before it gets here.
        for (const name of ["focus", "focusin"])
            window.addEventListener(
                name,
                (event) => {
                    const path = event.composedPath();
                    if (!path.includes(this.#root)) return;
                    this.#focused = path[0] as Element;
                    event.stopImmediatePropagation();
                },
                { capture: true, signal },
            );
        const what = { childList: true, subtree: true, attributeFilter: ["disabled", "hidden"] };
        new MutationObserver(() => this.#keepFocus()).observe(this.#root, what);
        for (const name of OWN.split(" "))
            this.#root.addEventListener(name, (event) => event.stopPropagation(), { passive: true });
        this.look = new Look(this.#root, options, signal);
        shadow.adoptedStyleSheets = [LOOKS];
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
        else {
            const { activeElement } = document;
            const ofPage = activeElement !== this.#shadow.host && activeElement !== document.body;
            this.#opener = ofPage ? (activeElement as HTMLElement | null) : null;
            this.#root.append(shown);
        }
        this.#panel = shown;
        set(this.#shadow.host, { "data-open": true });
        this.launcher.hidden = true;
        this.setUnread(0);
        set(shown, { "aria-modal": this.look.isFull ? "true" : null });
        // A panel that takes the place of another one takes its focus as well.
        if (focused && focused !== this.launcher && !focused.isConnected) this.focusPanel();
        if (this.look.isFull) this.#holdPage(true);
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
        set(this.#shadow.host, { "data-open": null });
        this.launcher.hidden = false;
        this.#holdPage(false);
        (this.#opener?.isConnected ? this.#opener : this.launcher).focus({ preventScroll: true });
    }

    focusPanel(): void {
        this.#panel?.focus({ preventScroll: true });
    }

    close(): void {
        this.#holdPage(false);
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
        if (isComposing(event)) return; // Escape then drops a word, and leaves the chat open
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

    /** What is pressed may be taken away by what it does; without the focus the next key would be the page's. */
    #keepFocus(): void {
        const { activeElement, host } = this.#shadow;
        const free = [null, document.body, host].includes(document.activeElement as HTMLElement | null);
        if (!this.#panel || !this.#focused || isThere(this.#focused) || !free) return;
        const elsewhere = activeElement !== null && activeElement !== this.#focused;
        this.#focused = null;
        if (!elsewhere) this.#actions.refocus();
    }

    #holdPage(still: boolean): void {
        const others = document.adoptedStyleSheets.filter((sheet) => sheet !== STILL);
        document.adoptedStyleSheets = still ? [...others, STILL] : others;
    }
}

/** Whether it can have the focus still. */
const isThere = (element: Element) => element.isConnected && !element.closest(":disabled, [hidden]");
