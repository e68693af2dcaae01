// One endpoint: what it takes, what it answers, how to call it from a shell.
import { block, code, el, line, prose, table } from "./docs-markup.js";
import { bounds, example, fields, resolve, row, typeOf, valueOf } from "./docs-schema.js";
import { trying } from "./docs-try.js";

export const METHODS = ["get", "post", "put", "patch", "delete"];

/** What is sent as what; in the order in which an example prefers them. */
export const CREDENTIALS = {
  publishable_key: { name: "publishable key", lines: ['-H "Authorization: Bearer $PK"', '-H "Origin: $ORIGIN"'] },
  visitor_token: { name: "visitor token", lines: ['-H "Authorization: Bearer $TOKEN"', '-H "Origin: $ORIGIN"'] },
  access_token: { name: "access token of a user", lines: ['-H "Authorization: Bearer $ACCESS"'] },
  secret_key: { name: "secret key", lines: ['-H "Authorization: Bearer $SK"'] },
};

/** The credentials that an operation takes, without those that are another way to send the same. */
export const accepted = (operation) => {
  const named = new Set((operation.security ?? []).flatMap((each) => Object.keys(each)));
  return Object.keys(CREDENTIALS).filter((name) => named.has(name));
};

export const bodyOf = (operation) => {
  const content = resolve(operation.requestBody)?.content ?? {};
  const schema = content["application/json"]?.schema;
  return schema
    ? {
        required: resolve(operation.requestBody).required,
        value: content["application/json"].example ?? example(schema),
        schema,
      }
    : null;
};

function curl(path, method, operation, credential) {
  const parameters = (operation.parameters ?? []).map(resolve);
  const of = (where) => parameters.filter((each) => each.in === where && (each.required || where === "path"));
  const address = of("path").reduce((text, each) => text.replace(`{${each.name}}`, valueOf(each)), path);
  const query = of("query")
    .map((each) => `${each.name}=${valueOf(each)}`)
    .join("&");
  const parts = [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"$PUBLIC${address}${query ? `?${query}` : ""}"`,
  ];
  if (credential) parts.push(...CREDENTIALS[credential].lines);
  for (const each of of("header")) parts.push(`-H '${each.name}: ${valueOf(each)}'`);
  const body = bodyOf(operation);
  if (body?.value && (body.required || Object.keys(body.value).length)) {
    parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(body.value).replaceAll("'", "'\\''")}'`);
  }
  return parts.join(" \\\n  ");
}

/** The line for a shell, with a choice where several credentials may ask. */
function shell(id, path, method, operation) {
  const may = accepted(operation);
  const shown = el("div", {}, block(curl(path, method, operation, may[0]), `curl for ${id}`));
  if (may.length < 2) return shown;
  const choice = el(
    "select",
    { id: `as-${id}` },
    may.map((name) => el("option", { value: name }, CREDENTIALS[name].name)),
  );
  choice.addEventListener("change", () =>
    shown.replaceChildren(block(curl(path, method, operation, choice.value), `curl for ${id}`)),
  );
  return el("div", {}, el("p", { class: "choice" }, el("label", { for: `as-${id}` }, "Asked with a "), choice), shown);
}

const kindsOf = (answer) =>
  Object.entries(answer.content ?? {}).map(([type, kind], n) => [
    n ? el("br") : null,
    kind.schema ? [...typeOf(kind.schema), " "] : null,
    el("span", { class: "quiet" }, type),
  ]);

function answers(responses, id) {
  const rows = Object.entries(responses).map(([status, ref]) => [status, resolve(ref)]);
  const of = (test) =>
    rows
      .filter(([status]) => test(status))
      .map(([status, answer]) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, code(status)),
          el("td", {}, line(answer.description)),
          el("td", {}, kindsOf(answer)),
        ),
      );
  const good = of((status) => status < "400");
  const bad = rows.filter(([status]) => status >= "400");
  const codes = bad.map(([status, answer]) =>
    el("tr", {}, el("th", { scope: "row" }, code(status)), el("td", {}, linked(answer.description))),
  );
  return [
    el("h4", {}, "Answers"),
    table(["Status", "When", "What"], good, `Answers of ${id}`),
    bad.length
      ? el(
          "details",
          {},
          el("summary", {}, `Refusals (${bad.map(([status]) => status).join(", ")})`),
          el("p", {}, "Each is a ", el("a", { href: "#schema-Problem" }, "problem document"), "."),
          table(["Status", "Codes"], codes, `Refusals of ${id}`),
        )
      : null,
  ];
}

/** The codes of refusals lead to their pages. */
const linked = (text) =>
  (text ?? "")
    .split("`")
    .map((part, n) =>
      n % 2 ? (/^[a-z_]+$/.test(part) ? el("a", { href: `/docs/errors/${part}` }, code(part)) : code(part)) : part,
    );

export function section(path, method, operation) {
  const id = operation.operationId ?? `${method}${path}`;
  const may = accepted(operation);
  const parameters = (operation.parameters ?? []).map(resolve);
  const body = bodyOf(operation);
  const empty = body && !resolve(body.schema)?.properties;
  return el(
    "section",
    { id, class: "operation", "aria-labelledby": `title-${id}` },
    el(
      "h3",
      { id: `title-${id}` },
      operation.summary ?? id,
      " ",
      el("a", { class: "anchor", href: `#${id}`, "aria-label": `Link to ${operation.summary ?? id}` }, "#"),
    ),
    el("p", { class: "address" }, el("span", { class: `method ${method}` }, method.toUpperCase()), " ", code(path)),
    prose(operation.description),
    el(
      "p",
      { class: "quiet" },
      may.length ? `Asked with: ${may.map((name) => CREDENTIALS[name].name).join(", ")}.` : "Needs no credential.",
    ),
    parameters.length
      ? [
          el("h4", {}, "Parameters"),
          table(
            ["Name", "Type", "Meaning"],
            parameters.map((each) => row(each.name, each.required, each.schema ?? {}, each.description, each.in)),
            `Parameters of ${id}`,
          ),
        ]
      : null,
    body
      ? [
          el("h4", {}, "Body"),
          empty
            ? el("p", {}, typeOf(body.schema), " ", el("span", { class: "quiet" }, bounds(body.schema)))
            : fields(body.schema, `Body of ${id}`),
        ]
      : null,
    answers(operation.responses, id),
    el("h4", {}, "Example"),
    shell(id, path, method, operation),
    path.startsWith("/api/embed/") ? null : trying(id, path, method, operation, may, parameters, body),
  );
}
