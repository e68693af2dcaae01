// What the page says, in attributes: of <vestibule-chat>, or with `data-` of the <script>.
import type { Position, Theme, WidgetConfig } from "./gateway/wire.ts";

/** In the spelling of the element's attributes. */
export const ATTRIBUTES = [
    "key",
    "server",
    "locale",
    "theme",
    "position",
    "color",
    "text-color",
    "label",
    "auto-open",
    "preview",
] as const;

export interface Options {
    key: string;
    server: string;
    /** The page insists on it. */
    locale: string | null;
    theme: Theme | null;
    position: Position | null;
    color: string | null;
    textColor: string | null;
    /** Words beside the button's picture. */
    label: string | null;
    autoOpen: number | null;
    /** Settings to be shown, for those who set them: nothing is asked, sent or kept. */
    preview: WidgetConfig | null;
}

const oneOf = <Value extends string>(values: readonly Value[], text: string | null): Value | null =>
    values.find((value) => value === text) ?? null;

/** Null if there is no key; `server` is where the script came from. */
export function readOptions(attribute: (name: string) => string | null, server: string | null): Options | null {
    const shown = attribute("preview");
    const key = shown ? "preview" : attribute("key")?.trim();
    const from = attribute("server") ?? server;
    if (!key || from === null) return null;
    const seconds = Number.parseInt(attribute("auto-open") ?? "", 10);
    return {
        key,
        server: from.replace(/\/+$/, ""),
        locale: attribute("locale"),
        theme: oneOf(["light", "dark", "auto"], attribute("theme")),
        position: oneOf(["bottom-right", "bottom-left", "inline"], attribute("position")),
        color: attribute("color"),
        textColor: attribute("text-color"),
        label: attribute("label"),
        preview: shown ? (JSON.parse(shown) as WidgetConfig) : null,
        autoOpen: Number.isFinite(seconds) && seconds >= 0 ? seconds : null,
    };
}
