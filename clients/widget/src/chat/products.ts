// Products among the sources of an answer.
import type { Availability, Source } from "../gateway/wire.ts";

export interface Product {
    id: string | null;
    title: string;
    url: string;
    image: string | null;
    price: Money | null;
    /** Without the sale. */
    regularPrice: Money | null;
    /** `price` is the least of several variants. */
    from: boolean;
    availability: Availability | null;
    brand: string | null;
}

export interface Money {
    amount: number;
    currency: string;
}

/** How near a product that the answer does not name must be to the nearest source. */
const NEAR = 0.8;

/** The words of the catalogue's documents (docs/catalog.md, "What a document looks like"). */
const AVAILABILITY: Record<string, Availability> = {
    "in stock": "in_stock",
    "out of stock": "out_of_stock",
    "can be pre-ordered": "preorder",
    "can be ordered, delivered later": "backorder",
};

/** What is worth a card: named in the answer, or near to the question; each product once. */
export function productsOf(sources: readonly Source[], answer: string, max: number): Product[] {
    const best = Math.max(0, ...sources.map((source) => source.score ?? 0));
    const said = answer.toLowerCase();
    const found = new Map<string, Product>();
    for (const source of sources) {
        const product = productOf(source);
        if (!product || found.has(product.url)) continue;
        const named = said.includes(product.title.toLowerCase()) || said.includes(product.url.toLowerCase());
        if (named || source.score === null || source.score >= best * NEAR) found.set(product.url, product);
    }
    return [...found.values()].slice(0, max);
}

export function productOf(source: Source): Product | null {
    const wire = source.product;
    if (!wire) return productOfText(source.text ?? "", source.offer ?? "");
    const url = webAddress(wire.url ?? source.url);
    if (url === null) return null;
    const { id, title, price, regular_price, price_from, availability, brand } = wire;
    return {
        id,
        title,
        url,
        availability,
        brand,
        from: price_from,
        image: webAddress(wire.image_url),
        price: money(price),
        regularPrice: money(regular_price),
    };
}

/**
 * Of the beginning of a catalogue document: title, then `Name: value` lines. Other passages are no products. What it costs
 * stands in the first line of its offer, behind the title, or in such lines, too.
 */
function productOfText(text: string, offer: string): Product | null {
    const [title, ...lines] = text.split("\n\n", 1)[0]?.split("\n") ?? [];
    const value = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
    const url = webAddress(value("Product page"));
    if (!title || url === null) return null;
    // A document that was not made of a catalogue may say it itself.
    const line = offer.split("\n", 1)[0] || `: ${value("Price") ?? ""}, ${value("Availability") ?? ""}`;
    const terms = line.startsWith(title) ? line.slice(title.length) : line;
    return {
        id: value("Product number"),
        title,
        url,
        image: null,
        price: money(/: ([\d.]+) ([A-Z]{3})/.exec(terms)),
        regularPrice: money(/regular price ([\d.]+) ([A-Z]{3})/.exec(terms)),
        from: terms.includes("depending on the variant"),
        availability: availabilityOf(terms),
        brand: value("Brand"),
    };
}

function availabilityOf(terms: string): Availability | null {
    return Object.entries(AVAILABILITY).find(([words]) => terms.includes(words))?.[1] ?? null;
}

function money(told: { amount: string; currency: string } | RegExpExecArray | null): Money | null {
    if (told === null) return null;
    const [amount, currency] = Array.isArray(told) ? [told[1], told[2]] : [told.amount, told.currency];
    return currency && Number.isFinite(Number(amount)) ? { amount: Number(amount), currency } : null;
}

/** Only addresses that a browser may open: never `javascript:`. */
export function webAddress(text: string | null | undefined): string | null {
    return text && /^https?:\/\//i.test(text) && originOf(text) !== null ? text : null;
}

/** The address with the shop's own parameters for its statistics. */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
    const address = new URL(url);
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return address.href;
}

/** Documents without a title of their own have a file's name. */
export function readableTitle(source: Source): string {
    const title = source.title ?? "";
    const words = title.replace(/\.(txt|md|pdf|html?|docx?)$/i, "");
    return words === title ? title : words.replace(/[-_]+/g, " ").replace(/^./u, (first) => first.toUpperCase());
}

/** Null for what is no address. */
export function originOf(address: string, base?: string): string | null {
    try {
        return new URL(address, base).origin;
    } catch {
        return null;
    }
}
