// Products and sources below an answer.
import { type Product, productsOf, readableTitle, webAddress, withParameters } from "../chat/products.ts";
import type { Turn } from "../chat/turn.ts";
import type { Availability, CardField, Source } from "../gateway/wire.ts";
import type { Name } from "../text/texts.ts";
import { h, picture } from "./dom.ts";
import { leadTo } from "./links.ts";
import type { Surroundings } from "./surroundings.ts";

const STOCK: Record<Availability, Name> = {
    in_stock: "inStock",
    out_of_stock: "outOfStock",
    preorder: "preorder",
    backorder: "backorder",
};

export function turnProducts({ config }: Surroundings, turn: Turn): Product[] {
    return turn.refused ? [] : productsOf(turn.sources, turn.answer, config.cards.max);
}

export function productCards(around: Surroundings, products: readonly Product[]): HTMLElement | null {
    if (products.length === 0) return null;
    const cards = products.map((product, place) => h("li", {}, [card(around, product, place)]));
    return h("ul", { class: "cards", "aria-label": around.texts.get("products") }, cards);
}

function card({ texts, config, emit }: Surroundings, product: Product, place: number): HTMLElement {
    const { fields, cta, utm } = config.cards;
    const shows = (field: CardField) => fields.includes(field);
    const { price, regularPrice, availability } = product;
    const money = price && shows("price") && texts.price(price.amount, price.currency);
    const before = regularPrice && shows("price") && texts.price(regularPrice.amount, regularPrice.currency);
    const about = h("span", { class: "about" }, [
        shows("brand") && product.brand && h("small", {}, product.brand),
        h("strong", { dir: "auto" }, product.title),
        money &&
            h("span", { class: "price" }, [
                product.from ? texts.get("from", { price: money }) : money,
                before && h("s", { "aria-hidden": "true" }, before),
                before && h("span", { class: "sr" }, ` ${texts.get("was", { price: before })}`),
            ]),
        shows("availability") &&
            availability &&
            h("span", { class: `stock ${availability}` }, texts.get(STOCK[availability])),
        shows("sku") && product.id && h("small", {}, product.id),
    ]);
    const link = h("a", { class: "card" }, [
        shows("image") && picture("picture", product.image, "box"),
        about,
        cta && h("span", { class: "go" }, cta),
    ]);
    link.addEventListener("click", () => {
        emit("vestibule:product-click", {
            id: product.id,
            title: product.title,
            url: product.url,
            position: place + 1,
        });
    });
    return leadTo(link, withParameters(product.url, utm), texts.get("newWindow"));
}

export function sourceList({ texts, emit }: Surroundings, sources: readonly Source[]): HTMLElement | null {
    const seen = new Map(sources.map((source) => [source.url ?? source.title ?? source.id, source]));
    if (seen.size === 0) return null;
    const items = [...seen.values()].map((source) => {
        const title = readableTitle(source) || (source.url ?? "");
        const url = webAddress(source.url);
        if (url === null) return h("li", { dir: "auto" }, title);
        const link = h("a", {}, title, { click: () => emit("vestibule:source-click", { title, url }) });
        return h("li", { dir: "auto" }, [leadTo(link, url, texts.get("newWindow"))]);
    });
    return h("details", { class: "sources" }, [
        h("summary", {}, texts.count("sources", seen.size)),
        h("ul", {}, items),
    ]);
}
