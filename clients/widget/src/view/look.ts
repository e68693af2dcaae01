// Colours, side and size: what the shop wants, as far as it can be read and fits the screen.
import type { Options } from "../options.ts";
import type { Position, WidgetConfig } from "../gateway/wire.ts";
import { adjusted, formatColor, legibleOn, parseColor, type Color } from "./color.ts";

const BLUE: Color = [31, 111, 235];
/** The grounds on which links and icons stand; in styles.css they are --sunken. */
const LIGHT: Color = [243, 244, 247];
const DARK: Color = [36, 41, 51];

/** What takes less from the bottom is a bar of the browser, and no keyboard. */
const KEYBOARD = 100;

const SMALL = "(max-width: 480px), (max-height: 480px)";

export class Look {
    readonly #root: HTMLElement;
    readonly #options: Options;
    readonly #dark = matchMedia("(prefers-color-scheme: dark)");
    readonly #small = matchMedia(SMALL);
    #config: WidgetConfig | null = null;

    constructor(root: HTMLElement, options: Options, signal: AbortSignal) {
        this.#root = root;
        this.#options = options;
        for (const query of [this.#dark, this.#small])
            query.addEventListener("change", () => this.apply(this.#config), { signal });
        // The keyboard of a phone takes away from the bottom without saying so to the layout.
        for (const name of ["resize", "scroll"])
            window.visualViewport?.addEventListener(name, () => this.#fit(), { signal });
    }

    get position(): Position {
        const { position } = this.#options;
        const wanted = this.#config?.appearance.position ?? "bottom-right";
        // A place in the page only the page can give.
        return position ?? (wanted === "inline" ? "bottom-right" : wanted);
    }

    get isFull(): boolean {
        return this.#small.matches && this.position !== "inline";
    }

    apply(config: WidgetConfig | null): void {
        this.#config = config;
        const { theme, color, textColor } = this.#options;
        const brand = parseColor(color) ?? parseColor(config?.appearance.brand_color) ?? BLUE;
        const wanted = theme ?? config?.appearance.theme ?? "auto";
        const style = {
            "--brand": brand,
            "--on-brand": legibleOn(brand, parseColor(textColor) ?? parseColor(config?.appearance.text_color)),
            "--accent-light": adjusted(brand, LIGHT),
            "--accent-dark": adjusted(brand, DARK),
        };
        for (const [name, value] of Object.entries(style)) this.#root.style.setProperty(name, formatColor(value));
        this.#root.dataset["theme"] = wanted === "auto" ? (this.#dark.matches ? "dark" : "light") : wanted;
        this.#root.classList.toggle("left", this.position === "bottom-left");
        this.#root.classList.toggle("inline", this.position === "inline");
        this.#root.classList.toggle("full", this.isFull);
        this.#fit();
    }

    #fit(): void {
        const view = window.visualViewport;
        if (!view || view.scale > 1.01) return; // who has zoomed in moves the view themselves
        const taken = innerHeight - view.height - view.offsetTop;
        const style = { "--height": view.height, "--top": view.offsetTop, "--lift": taken > KEYBOARD ? taken : 0 };
        for (const [name, value] of Object.entries(style)) this.#root.style.setProperty(name, `${value}px`);
    }
}
