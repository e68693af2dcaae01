// Making elements. Texts always become text nodes: nothing that comes from outside is ever read as markup.

type Value = string | number | boolean | null | undefined;
type Child = Node | string | null | undefined | false;
export type Listeners = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };

/** `true` is an attribute without a value; `false`, null and undefined are none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Readonly<Record<string, Value>> = {},
    children: readonly Child[] | string = [],
    listeners: Listeners = {},
): HTMLElementTagNameMap[Tag] {
    const element = document.createElement(tag);
    set(element, attributes);
    element.append(
        ...(typeof children === "string" ? [children] : children.filter((child) => child != null && child !== false)),
    );
    for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener as EventListener);
    return element;
}

export function set(element: Element, attributes: Readonly<Record<string, Value>>): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === false || value === null || value === undefined) element.removeAttribute(name);
        else element.setAttribute(name, value === true ? "" : String(value));
    }
}

/** While a word is being composed, as in Japanese, its keys are the input method's. Safari says so by the code alone. */
export const isComposing = (event: KeyboardEvent) => event.isComposing || event.keyCode === 229;

/** Shapes on a field of 24 by 24, drawn by lines. */
const ICONS = {
    chat: "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8a8.4 8.4 0 1 1 16-3.7z",
    close: "M6 6l12 12M18 6L6 18",
    more: "M5 12h.01M12 12h.01M19 12h.01",
    send: "M12 19V5M5 12l7-7 7 7",
    stop: "M7 7h10v10H7z",
    down: "M12 5v14M5 12l7 7 7-7",
    save: "M12 4v11M7 10l5 5 5-5M5 20h14",
    restart: "M4 4v5h5M4.6 15a8 8 0 1 0 1.2-7.6L4 9",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
    mail: "M3 6h18v12H3zM3 7l9 7 9-7",
    phone: "M5 3h4l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v4a2 2 0 0 1-2 2A17 17 0 0 1 3 5a2 2 0 0 1 2-2z",
    link: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    up: "M7 11v10H3V11zM7 11l4-8a3 3 0 0 1 3 3v4h5a2 2 0 0 1 2 2.3l-1.2 7A2 2 0 0 1 17.8 21H7",
    thumbDown: "M7 13V3H3v10zM7 13l4 8a3 3 0 0 0 3-3v-4h5a2 2 0 0 0 2-2.3l-1.2-7A2 2 0 0 0 17.8 3H7",
    spark: "M12 3l1.8 5.2L19 10l-5.2 1.8L12 17l-1.8-5.2L5 10l5.2-1.8zM19 16v4M17 18h4",
    box: "M3 8l9-5 9 5v8l-9 5-9-5zM3 8l9 5 9-5M12 13v8",
} as const;

export type Icon = keyof typeof ICONS;

export function icon(name: Icon): SVGSVGElement {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    set(svg, { viewBox: "0 0 24 24", "aria-hidden": "true", class: `icon icon-${name}` });
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
}

/** A picture of the shop's; where there is none, or none that can be shown, the icon. Its size is the class's. */
export function picture(name: string, url: string | null, otherwise: Icon): HTMLElement {
    const none = h("span", { class: name }, [icon(otherwise)]);
    if (url === null) return none;
    const image = { class: name, src: url, alt: "", loading: "lazy", referrerpolicy: "no-referrer" };
    const shown = h("img", image, [], { error: () => shown.replaceWith(none) });
    return shown;
}

/** A button that is words. */
export function pill(words: string, action: () => void, attributes: Readonly<Record<string, Value>> = {}) {
    return h("button", { type: "button", class: "pill", ...attributes }, words, { click: action });
}

/** A button that is a picture. */
export function button(
    label: string,
    name: Icon,
    action: () => void,
    attributes: Readonly<Record<string, Value>> = {},
) {
    return h(
        "button",
        { type: "button", class: "round", "aria-label": label, title: label, ...attributes },
        [icon(name)],
        { click: action },
    );
}
