// The top of the panel: who answers, whether people are there, and what else can be done.
import { webAddress } from "../chat/products.ts";
import { button, h, icon, picture, set, type Icon } from "./dom.ts";
import type { Name } from "../text/texts.ts";
import type { Surroundings } from "./surroundings.ts";

export interface MenuItem {
    name: Name;
    picture: Icon;
    action(): void;
}

export function head({ texts, config }: Surroundings, more: HTMLElement, close: (() => void) | null): HTMLElement {
    const { avatar_url, logo_url } = config.appearance;
    const team = teamState(texts, config.business_hours, new Date());
    return h("header", {}, [
        picture("avatar", webAddress(avatar_url) ?? webAddress(logo_url), "spark"),
        h("div", { class: "names" }, [
            h("h2", { id: "title", dir: "auto" }, config.title),
            team
                ? h("p", { class: config.business_hours.open ? "team" : "team away" }, team)
                : config.tagline && h("p", { dir: "auto" }, config.tagline),
        ]),
        more,
        close && button(texts.get("close"), "close", close),
    ]);
}

/** Null where the shop has no hours. */
export function teamState(
    texts: Surroundings["texts"],
    hours: Surroundings["config"]["business_hours"],
    now: Date,
): string | null {
    if (hours.reason === "not_configured") return null;
    const next = hours.open ? hours.closes_at : hours.opens_at;
    if (next === null) return texts.get(hours.open ? "teamOpen" : "teamClosed");
    return texts.get(hours.open ? "teamUntil" : "teamFrom", { time: texts.moment(new Date(next), now) });
}

/** A button with a list of others below it: closed by Escape, by a choice, and by leaving it. */
export class Menu {
    readonly button: HTMLButtonElement;
    readonly list: HTMLElement;

    constructor({ texts }: Surroundings, items: readonly MenuItem[]) {
        this.button = button(texts.get("menu"), "more", () => this.toggle(), {
            "aria-expanded": "false",
            "aria-controls": "menu",
        });
        this.list = h(
            "div",
            { class: "menu", id: "menu", hidden: true },
            items.map(({ name, picture, action }) =>
                h("button", { type: "button" }, [icon(picture), texts.get(name)], {
                    click: () => (this.close(), action()),
                }),
            ),
        );
        this.list.addEventListener("focusout", ({ relatedTarget }) => {
            if (!this.list.contains(relatedTarget as Node | null) && relatedTarget !== this.button) this.#show(false);
        });
    }

    get isOpen(): boolean {
        return !this.list.hidden;
    }

    close(): void {
        if (!this.isOpen) return;
        this.#show(false);
        this.button.focus();
    }

    toggle(): void {
        this.#show(!this.isOpen);
        if (this.isOpen) this.list.querySelector("button")?.focus();
    }

    #show(open: boolean): void {
        this.list.hidden = !open;
        set(this.button, { "aria-expanded": String(open) });
    }
}
