// The widget's own texts in the shopper's language. What the shop says itself comes from the gateway, in the same one.
import { button, edition, english } from "virtual:languages";

type All = typeof english;
/** Texts by name, and texts that depend on a number. */
export type Name = { [Key in keyof All]: All[Key] extends string ? Key : never }[keyof All];
export type Counted = Exclude<keyof All, Name>;
type Words = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const RIGHT_TO_LEFT = new Set(["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"]);
const loaded = new Map<string, Promise<Words | null>>();

/** The first locale whose language there is. */
function choose(wanted: readonly (string | null | undefined)[]): string {
    return wanted.find((locale) => locale && isLocale(locale) && primary(locale) in button) ?? "en";
}

/** In the first language that there is, else in English; in English also when the gateway cannot be reached. */
export async function loadTexts(server: string, ...wanted: readonly (string | null | undefined)[]): Promise<Texts> {
    const locale = choose(wanted);
    const language = primary(locale);
    if (language === "en") return new Texts(locale);
    const url = `${server}/widget/languages/${language}.${edition}.json`;
    let words = loaded.get(url);
    if (!words) loaded.set(url, (words = fetchWords(url)));
    const known = await words;
    if (known === null) loaded.delete(url);
    return known ? new Texts(locale, known) : new Texts("en");
}

async function fetchWords(url: string): Promise<Words | null> {
    try {
        const answer = await fetch(url, { credentials: "omit" });
        return answer.ok ? ((await answer.json()) as Words) : null;
    } catch {
        return null;
    }
}

export class Texts {
    /** As it was wanted, for dates and numbers. */
    readonly locale: string;
    readonly #words: Words;
    readonly #plurals: Intl.PluralRules;

    constructor(locale: string, words: Words = {}) {
        this.locale = locale;
        // A script that is kept for long may meet texts of another edition.
        this.#words = { ...english, ...words };
        this.#plurals = new Intl.PluralRules(locale);
    }

    /** Until the others are there: with the words for the button. */
    static forButton(...wanted: readonly (string | null | undefined)[]): Texts {
        const locale = choose(wanted);
        return new Texts(locale, button[primary(locale)]);
    }

    get direction(): "ltr" | "rtl" {
        return RIGHT_TO_LEFT.has(primary(this.locale)) ? "rtl" : "ltr";
    }

    get(name: Name, values: Readonly<Record<string, string>> = {}): string {
        return fill(this.#words[name], values);
    }

    count(name: Counted, n: number): string {
        const forms = this.#words[name];
        const form = typeof forms === "object" ? (forms[this.#plurals.select(n)] ?? forms["other"]) : forms;
        return fill(form, { n: new Intl.NumberFormat(this.locale).format(n) });
    }

    price(amount: number, currency: string): string {
        try {
            return new Intl.NumberFormat(this.locale, { style: "currency", currency }).format(amount);
        } catch {
            return `${amount} ${currency}`; // no currency that the browser knows
        }
    }

    /** The time of day, with the weekday if it is not today. */
    moment(time: Date, now: Date): string {
        const today = time.toDateString() === now.toDateString();
        return new Intl.DateTimeFormat(this.locale, {
            ...(today ? {} : { weekday: "long" }),
            hour: "numeric",
            minute: "2-digit",
        }).format(time);
    }

    dateAndTime(time: Date): string {
        return new Intl.DateTimeFormat(this.locale, { dateStyle: "long", timeStyle: "short" }).format(time);
    }
}

function fill(text: string | object | undefined, values: Readonly<Record<string, string>>): string {
    return typeof text === "string" ? text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "") : "";
}

/** `de` of `de-AT`. */
const primary = (locale: string) => locale.split(/[-_]/)[0]?.toLowerCase() ?? "";

function isLocale(text: string): boolean {
    try {
        return Intl.getCanonicalLocales(text).length === 1;
    } catch {
        return false;
    }
}

/** What the page insists on, what it is in, and what the browser is in. */
export function wantedLocales(insisted: string | null): string[] {
    return [insisted ?? "", document.documentElement.lang, ...navigator.languages].filter(isLocale);
}
