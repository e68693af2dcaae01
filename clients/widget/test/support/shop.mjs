// Pages of shops, from an origin of their own.
import { once } from "node:events";
import { createServer } from "node:http";

const NONCE = "cm9sbC1vdXQ";

/** What themes and page builders do, and worse. */
const HOSTILE = `
  * { direction: rtl !important; font: 30px/3 fantasy !important; color: lime !important; visibility: hidden; box-sizing: content-box !important;
      letter-spacing: 9px !important; text-transform: uppercase !important; pointer-events: none; user-select: none; }
  html { font-size: 3px; filter: none; zoom: 1; overflow-x: hidden; }
  body { transform: translateX(40px) scale(.9); filter: blur(0); opacity: .9; visibility: visible; }
  body > * { visibility: visible; }
  div, button, section, vestibule-chat { display: none !important; opacity: 0 !important; position: static !important; z-index: -1 !important;
      width: 1px !important; height: 1px !important; overflow: hidden !important; transform: rotate(45deg) !important; }
  button { background: red !important; border: 9px dotted !important; padding: 50px !important; }
  :root { --brand: red; --text: red; --surface: red; --accent: red; }`;

const article = `<header><h1>Nordwerk</h1></header><main><h2>Cordless drills</h2>
  ${"<p>Tools, safety gear and shelving for workshops, on invoice, delivered in two working days.</p>".repeat(12)}
  <p><a href="/next">Next page</a> <button id="page-button">Add to cart</button></p></main>`;

export async function startShop() {
    /** What the page has in its head and its body, by path. */
    const pages = new Map();
    const server = createServer((request, response) => {
        const page = pages.get(new URL(request.url, "http://shop").pathname);
        const headers = { "Content-Type": "text/html; charset=utf-8" };
        if (page?.policy) headers["Content-Security-Policy"] = page.policy;
        response.writeHead(page ? 200 : 404, headers);
        response.end(
            page
                ? `<!doctype html><html lang="${page.lang ?? "en"}"${page.dir ? ` dir="${page.dir}"` : ""}><head><meta charset="utf-8"><title>Nordwerk</title>
      <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">${page.head ?? ""}</head>
      <body>${page.body ?? article}${page.end ?? ""}</body></html>`
                : "",
        );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://localhost:${server.address().port}`;
    let count = 0;
    /** Adds a page; its address. */
    const add = (page) => {
        const path = page.path ?? `/page-${++count}`;
        pages.set(path, page);
        return origin + path;
    };
    const attributes = (given) =>
        Object.entries(given)
            .map(([name, value]) => ` ${name}="${value}"`)
            .join("");
    const script = (gateway, key, given = {}) =>
        `<script type="module" src="${gateway}/widget.js" data-key="${key}"${attributes(given)} async></script>`;
    return {
        origin,
        add,
        script,
        plain: (gateway, key, page = {}, given = {}) => add({ end: script(gateway, key, given), ...page }),
        /** In the body, where axe can see its colours. */
        element: (gateway, key, page = {}, given = {}) =>
            add({
                end: `<vestibule-chat key="${key}"${attributes(given)}></vestibule-chat>
                    <script type="module" src="${gateway}/widget.js"></script>`,
                ...page,
            }),
        hostile: (gateway, key) => add({ head: `<style>${HOSTILE}</style>`, end: script(gateway, key) }),
        /** Nothing but what docs/widget.md asks for, and the picture of this page's own tab. */
        strict: (gateway, key, worker) =>
            add({
                policy:
                    `default-src 'none'; script-src 'nonce-${NONCE}'; connect-src ${gateway}; img-src data: https://shop.example; ` +
                    `base-uri 'none'; form-action 'none'; ${worker ? "worker-src blob:" : "require-trusted-types-for 'script'"}`,
                end: script(gateway, key, { nonce: NONCE }),
            }),
        stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
    };
}
