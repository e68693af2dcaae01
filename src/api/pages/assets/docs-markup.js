// Makes elements, and of the prose in the document what it means: paragraphs, tables and code. Nothing becomes markup by
// itself: text from the document is only ever set as text.

/** An element with attributes and children; what is null or undefined is left out. */
export const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== undefined && value !== null && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
};

/** A name in code, which may only be broken where it has a joint. */
export const code = (text) => {
  const node = el("code");
  for (const part of String(text).split(/(?<=[/_.,])/)) node.append(part, el("wbr"));
  node.lastChild?.remove();
  return node;
};

/** A line with `code` in it. Brackets around code name something in the source, which is not here. */
export const line = (text) =>
  (text ?? "")
    .replace(/\[(`[^`]+`)\]/g, "$1")
    .split("`")
    .map((part, n) => (n % 2 ? code(part) : part));

const cells = (row) =>
  row
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

/** A table that can be scrolled by itself, also with the keyboard. */
export const table = (heads, rows, label) =>
  el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el(
      "table",
      {},
      heads.length
        ? el(
            "thead",
            {},
            el(
              "tr",
              {},
              heads.map((head) => el("th", { scope: "col" }, head)),
            ),
          )
        : null,
      el("tbody", {}, rows),
    ),
  );

/** Paragraphs and tables. */
export const prose = (text) =>
  (text ?? "")
    .split(/\n{2,}/)
    .filter(Boolean)
    .map((block) => {
      const lines = block.split("\n");
      if (lines.length > 1 && /^\|[\s|:-]+\|$/.test(lines[1])) {
        const rows = lines.slice(2).map((row) =>
          el(
            "tr",
            {},
            cells(row).map((cell) => el("td", {}, line(cell))),
          ),
        );
        return table(
          cells(lines[0]).map((cell) => line(cell)),
          rows,
          "Table",
        );
      }
      return el("p", {}, line(block));
    });

/** Code with a button that copies it. */
export const block = (text, label) => {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy: ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    button.textContent = done ? "Copied" : "Not allowed";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return el(
    "div",
    { class: "block" },
    button,
    el("pre", { tabindex: "0", role: "region", "aria-label": label }, el("code", {}, text)),
  );
};
