// The script: defines the element, puts one into the page for each <script data-key>, and offers `window.Vestibule`.
// Runs as a module and as a classic script, at once or late, once or several times: plugins of shops do all of that.
import type { VestibuleApi, VestibuleChatElement } from "../types/public.d.ts";
import { originOf } from "./chat/products.ts";
import { VestibuleChat, chats, home } from "./element.ts";
import { ATTRIBUTES } from "./options.ts";

const SCRIPT = "script[data-key^='vst_pk_']";
const done = new WeakSet<Element>();
/** What Next.js, Remix (and with it Shopify's Hydrogen), React Router and TanStack leave in their pages. */
const REACT = ["__next_f", "__remixContext", "__reactRouterContext", "$_TSR"];

function first(): VestibuleChatElement | undefined {
    return chats.values().next().value;
}

const api: VestibuleApi = {
    version: VERSION,
    get chats() {
        return [...chats];
    },
    open: async () => first()?.open(),
    close: () => first()?.close(),
    ask: async (question) => first()?.ask(question),
    identify: async (source, customer) => first()?.identify(source, customer),
    setContext: (context) => first()?.setContext(context),
};

/** The gateway that a script with a key came from: `data-server` where a plugin has moved it elsewhere. */
function serverOf(script: Element): string | null {
    const source = script.getAttribute("data-server") ?? script.getAttribute("src");
    return source && originOf(source, document.baseURI);
}

/**
 * Beside the body: a theme that moves its body aside would move a fixed element in it as well. But not where React puts
 * the whole document together again: up to version 18 it begins anew if anything stands there, and takes it away.
 */
const place = () => (REACT.some((name) => name in window) ? document.body : document.documentElement);

function mountScripts(): void {
    if (document.readyState === "loading") return; // comes again when the page is there, and who has made it can be told
    for (const script of document.querySelectorAll(SCRIPT)) {
        if (done.has(script)) continue;
        done.add(script);
        const chat = document.createElement("vestibule-chat");
        for (const name of ATTRIBUTES) {
            const value = script.getAttribute(`data-${name}`);
            if (value !== null) chat.setAttribute(name, value);
        }
        const server = serverOf(script);
        if (server !== null) chat.setAttribute("server", server);
        place().append(chat);
    }
}

/** Where this script is from, whatever became of its element. */
function ownServer(): string | null {
    const own =
        document.currentScript ?? document.querySelector(SCRIPT) ?? document.querySelector("script[src*='/widget.']");
    return own && serverOf(own);
}

function start(): void {
    home.server = ownServer();
    customElements.define("vestibule-chat", VestibuleChat);
    window.Vestibule = api;
    mountScripts();
    document.addEventListener("DOMContentLoaded", mountScripts, { once: true });
    const waiting = window.VestibuleQueue;
    window.VestibuleQueue = { push: (...calls) => calls.forEach((call) => call(api)) };
    if (Array.isArray(waiting))
        window.VestibuleQueue.push(...(waiting as Parameters<typeof window.VestibuleQueue.push>));
}

if (!customElements.get("vestibule-chat")) start();
