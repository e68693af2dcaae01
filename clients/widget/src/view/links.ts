// Where a click may lead.
import { originOf, webAddress } from "../chat/products.ts";
import { set } from "./dom.ts";

/** The shop's own pages open here, where the chat opens again with them; all others beside it. */
export function leadTo(link: HTMLAnchorElement, url: string, newWindow: string): HTMLAnchorElement {
    const own = sameSite(url, location.href);
    set(link, { href: url, target: own ? "_top" : "_blank", rel: own ? null : "noopener noreferrer" });
    if (!own && link.getAttribute("aria-label") === null) link.title = newWindow;
    return link;
}

export function sameSite(url: string, other: string): boolean {
    return webAddress(url) !== null && originOf(url) === originOf(other);
}
