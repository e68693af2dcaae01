// What a schema allows, as words, as a table of fields, and as an example.
import { code, el, line, table } from "./docs-markup.js";

let components = {};

export const use = (document) => (components = document.components ?? {});

export const resolve = (thing) =>
  thing?.$ref
    ? thing.$ref
        .split("/")
        .slice(2)
        .reduce((at, name) => at?.[name], components)
    : thing;

const nameOf = (schema) => schema?.$ref?.split("/").pop();
const isNull = (schema) => schema.type === "null";
const choices = (schema) => schema.oneOf ?? schema.anyOf ?? schema.allOf;

/** Words for a type, with links to the schemas in it. */
export function typeOf(schema) {
  if (!schema) return ["anything"];
  const name = nameOf(schema);
  const s = resolve(schema);
  if (!s) return ["anything"];
  if (name && (s.properties || choices(s))) return [el("a", { href: `#schema-${name}` }, name)];
  if (s.enum) return s.enum.flatMap((value, n) => [n ? " | " : "", code(JSON.stringify(value))]);
  const several = choices(s);
  if (several) {
    const known = several.filter((each) => !isNull(each)).flatMap((each, n) => [n ? " | " : "", ...typeOf(each)]);
    return several.some(isNull) ? [...known, " | null"] : known;
  }
  const kinds = [s.type].flat().filter(Boolean);
  if (kinds.includes("array")) return ["list of ", ...typeOf(s.items), ...(kinds.includes("null") ? [" | null"] : [])];
  return [kinds.join(" | ") || "anything"];
}

/** The bounds of a value, as words. */
export function bounds(schema) {
  const several = choices(schema ?? {})?.filter((each) => !isNull(each)) ?? [];
  const s = several.length === 1 ? { ...resolve(several[0]), ...schema } : (resolve(schema) ?? {});
  const between = (least, most, what) =>
    least === undefined && most === undefined
      ? null
      : least === undefined
        ? `at most ${most}${what}`
        : most === undefined
          ? `at least ${least}${what}`
          : `${least} to ${most}${what}`;
  const given = s.default !== undefined && s.default !== null && typeof s.default !== "object";
  return [
    between(s.minimum, s.maximum, ""),
    between(s.minLength, s.maxLength, " characters"),
    between(s.minItems, s.maxItems, " entries"),
    s.format && !/^u?int|^double$/.test(s.format) ? s.format : null,
    s.pattern ? `matches ${s.pattern}` : null,
    given && s.default !== "" ? `${JSON.stringify(s.default)} when absent` : null,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The description of a field, which may stand beside the type or at it. */
const meaning = (schema) =>
  schema.description ?? choices(schema)?.find((each) => each.description)?.description ?? resolve(schema)?.description;

export const row = (name, required, schema, description, where) =>
  el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      el("code", {}, name),
      required ? el("span", { class: "must" }, "required") : null,
      where ? el("span", { class: "quiet" }, where) : null,
    ),
    el("td", {}, typeOf(schema), el("div", { class: "quiet" }, bounds(schema))),
    el("td", {}, line(description ?? meaning(schema ?? {}))),
  );

/** A table of the fields of an object; nothing if it has none. */
export function fields(schema, label) {
  const s = resolve(schema);
  if (!s?.properties) return null;
  const must = new Set(s.required ?? []);
  const all = Object.entries(s.properties).sort(([a], [b]) => must.has(b) - must.has(a));
  return table(
    ["Field", "Type", "Meaning"],
    all.map(([name, field]) => row(name, must.has(name), field)),
    label,
  );
}

/** What a value may look like: what is required, and what has an example. */
export function example(schema, depth = 0) {
  const several = choices(schema ?? {})?.find((each) => !isNull(each));
  if (several && schema.example === undefined) return example(several, depth);
  const s = resolve(schema);
  if (!s || depth > 5) return null;
  if (s.example !== undefined) return s.example;
  if (s.examples?.length) return s.examples[0];
  if (s.enum) return s.enum[0];
  if (choices(s))
    return example(
      choices(s).find((each) => !isNull(each)),
      depth,
    );
  if (s.properties) {
    const must = s.required ?? [];
    const some = must.length ? must : Object.keys(s.properties).slice(0, 2);
    return Object.fromEntries(some.map((name) => [name, example(s.properties[name], depth + 1)]));
  }
  if (s.default !== undefined && s.default !== null) return s.default;
  const kind = [s.type].flat().find((type) => type !== "null");
  if (kind === "array") return [example(s.items, depth + 1)];
  if (kind === "string") return s.format === "date-time" ? "2026-11-23T09:00:00Z" : "…";
  return { integer: s.minimum ?? 1, number: 0.5, boolean: false, object: {} }[kind] ?? null;
}

const VALUES = { slug: "demo-shop", workspace: "demo-shop", session_id: "order-4711", "If-Match": '"1"' };
/** What stands for a parameter in an example: a value, or a variable of the shell. */
export const valueOf = (parameter) =>
  VALUES[parameter.name] ??
  parameter.example ??
  resolve(parameter.schema)?.example ??
  (parameter.name === "key" ? "$PK" : `$${parameter.name.toUpperCase().replace(/\W/g, "_")}`);
