// Shows /api/v1/openapi.json: endpoints by their tags, each with what it takes and answers, a line for a shell and a way to
// try it; the schemas behind them; a search over all.
import { code, el, line, prose } from "./docs-markup.js";
import { METHODS, section } from "./docs-operation.js";
import { fields, typeOf, use } from "./docs-schema.js";

const $ = (id) => document.getElementById(id);
const [main, toc, search, found, menu, side] = ["doc", "toc", "search", "found", "menu", "side"].map($);
/** What can be found: words, the link, the heading it stands below. */
const index = [];

const entry = (href, words, ...label) => {
  const link = el("a", { href }, ...label);
  const item = el("li", {}, link);
  index.push({ words: words.toLowerCase(), item });
  return item;
};

const slug = (name) => name.toLowerCase().replace(/\W+/g, "-");

function operations(document) {
  const by = new Map((document.tags ?? []).map((tag) => [tag.name, { ...tag, all: [] }]));
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((each) => item[each])) {
      const name = item[method].tags?.[0] ?? "Others";
      if (!by.has(name)) by.set(name, { name, all: [] });
      by.get(name).all.push([path, method, item[method]]);
    }
  }
  return [...by.values()].filter(({ all }) => all.length);
}

function credentials(schemes) {
  const of = { publishable_key: "$PK", visitor_token: "$TOKEN", access_token: "$ACCESS", secret_key: "$SK" };
  const rows = Object.entries(schemes ?? {}).map(([name, scheme]) =>
    el(
      "li",
      {},
      el("strong", {}, name.replaceAll("_", " ")),
      of[name] ? [" (", code(of[name]), ")"] : null,
      ": ",
      line(scheme.description),
      scheme.type === "apiKey" ? [" Sent as ", code(scheme.name), "."] : null,
    ),
  );
  return el(
    "section",
    { id: "credentials" },
    el("h2", {}, "Credentials"),
    el(
      "p",
      {},
      "One of these goes into ",
      code("Authorization: Bearer …"),
      ". Examples name them by variables of a shell; ",
      code("$PUBLIC"),
      " is the address of this gateway, ",
      code("$ORIGIN"),
      " a page that the publishable key may be used in.",
    ),
    el("ul", {}, rows),
  );
}

function render(document) {
  use(document);
  const { info, components = {} } = document;
  main.replaceChildren(
    el("h1", {}, info.title, " ", el("small", {}, info.version)),
    ...prose(info.description),
    credentials(components.securitySchemes),
  );
  const groups = [
    ["About", el("ul", {}, entry("#credentials", "credentials keys tokens authorization", "Credentials"))],
  ];
  for (const tag of operations(document)) {
    const id = `tag-${slug(tag.name)}`;
    main.append(
      el(
        "section",
        { id },
        el("h2", {}, tag.name),
        ...prose(tag.description),
        ...tag.all.map((each) => section(...each)),
      ),
    );
    groups.push([
      tag.name,
      el(
        "ul",
        {},
        tag.all.map(([path, method, operation]) =>
          entry(
            `#${operation.operationId}`,
            [tag.name, method, path, operation.operationId, operation.summary, operation.description].join(" "),
            el("span", { class: `method ${method}` }, method.toUpperCase()),
            el("span", {}, operation.summary ?? path),
          ),
        ),
      ),
    ]);
  }
  const schemas = Object.entries(components.schemas ?? {});
  main.append(
    el(
      "section",
      { id: "schemas" },
      el("h2", {}, "Schemas"),
      schemas.map(([name, schema]) =>
        el(
          "section",
          { id: `schema-${name}`, class: "schema" },
          el("h3", {}, name),
          ...prose(schema.description),
          fields(schema, `Fields of ${name}`) ?? el("p", {}, typeOf(schema)),
        ),
      ),
    ),
  );
  groups.push([
    "Schemas",
    el(
      "ul",
      {},
      schemas.map(([name, schema]) => entry(`#schema-${name}`, `${name} ${schema.description ?? ""}`, name)),
    ),
  ]);
  toc.replaceChildren(
    ...groups.map(([name, list]) => el("details", { open: name !== "Schemas" }, el("summary", {}, name), list)),
    el("p", {}, el("a", { href: "/api/v1/openapi.json" }, "openapi.json")),
  );
  show();
}

/** Goes where the address says. The place was not there yet when the browser looked for it. */
function show() {
  const target = location.hash.length > 1 && $(decodeURIComponent(location.hash.slice(1)));
  for (const { item } of index) {
    const here = item.firstChild.hash === location.hash && location.hash !== "";
    item.firstChild.toggleAttribute("aria-current", here);
    if (here) item.closest("details").open = true;
  }
  if (!target) return;
  close();
  target.scrollIntoView();
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

function seek() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { words: text, item } of index) {
    item.hidden = !words.every((word) => text.includes(word));
    count += !item.hidden;
  }
  for (const group of toc.querySelectorAll("details")) {
    group.hidden = !group.querySelector("li:not([hidden])");
    if (words.length) group.open = true;
  }
  found.textContent = words.length ? `${count} found` : "";
}

const close = () => {
  side.classList.remove("open");
  menu.setAttribute("aria-expanded", "false");
};

menu.addEventListener("click", () => {
  const open = side.classList.toggle("open");
  menu.setAttribute("aria-expanded", String(open));
  if (open) search.focus();
});
search.addEventListener("input", seek);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") toc.querySelector("li:not([hidden]) a")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side.classList.contains("open")) {
    close();
    menu.focus();
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest?.("input, textarea, select")) return;
  event.preventDefault();
  search.focus();
});
addEventListener("hashchange", show);
toc.addEventListener("click", (event) => event.target.closest("a")?.hash === location.hash && location.hash && show());

fetch("/api/v1/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`HTTP ${answer.status}`))))
  .then(render)
  .catch((error) =>
    main.replaceChildren(el("p", { role: "alert" }, `The document could not be loaded: ${error.message}`)),
  );
