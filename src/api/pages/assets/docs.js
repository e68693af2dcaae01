// Renders /api/v1/openapi.json: a list of endpoints, each with its parameters, bodies, answers and a curl line.
"use strict";

const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

// Text with `code` in it.
const prose = (text) => (text || "").split("`").map((part, n) => (n % 2 ? el("code", {}, part) : part));

let document_;
const resolve = (thing) => {
  if (!thing || !thing.$ref) return thing;
  return thing.$ref.split("/").slice(1).reduce((at, name) => at[name], document_);
};

const typeOf = (schema) => {
  if (!schema) return "";
  const name = schema.$ref ? schema.$ref.split("/").pop() : null;
  const s = resolve(schema);
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (s.oneOf || s.anyOf || s.allOf) return (s.oneOf || s.anyOf || s.allOf).map(typeOf).join(" | ");
  if (s.type === "array") return `${typeOf(s.items)}[]`;
  const type = Array.isArray(s.type) ? s.type.join(" | ") : s.type;
  return name && type === "object" ? name : type || name || "any";
};

const bounds = (schema) => {
  const s = resolve(schema);
  const said = [];
  for (const key of ["minimum", "maximum", "minLength", "maxLength", "pattern", "format", "default"])
    if (s[key] !== undefined) said.push(`${key}: ${s[key]}`);
  return said.join(", ");
};

const fields = (schema) => {
  const s = resolve(schema);
  if (!s || !s.properties) return null;
  const rows = Object.entries(s.properties).map(([name, field]) =>
    el("tr", {},
      el("td", {}, el("code", {}, name), (s.required || []).includes(name) ? " *" : ""),
      el("td", {}, typeOf(field), el("div", { class: "bounds" }, bounds(field))),
      el("td", {}, ...prose(resolve(field).description || field.description))));
  return el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "field"), el("th", {}, "type"), el("th", {}, "meaning"))), el("tbody", {}, ...rows));
};

const example = (schema, depth = 0) => {
  const s = resolve(schema);
  if (!s || depth > 4) return null;
  if (s.example !== undefined) return s.example;
  if (s.examples && s.examples.length) return s.examples[0];
  if (s.properties) {
    const wanted = (s.required && s.required.length) ? s.required : Object.keys(s.properties);
    return Object.fromEntries(wanted.map((name) => [name, example(s.properties[name], depth + 1)]));
  }
  const type = Array.isArray(s.type) ? s.type[0] : s.type;
  return { string: "…", integer: 1, number: 0.5, boolean: false, array: [] }[type] ?? null;
};

const curl = (method, path, operation) => {
  const parts = [`curl -X ${method} "$PUBLIC${path.replace("{key}", "$PK").replace(/\{(\w+)\}/g, "$1")}`];
  const query = (operation.parameters || []).map(resolve).filter((p) => p.in === "query" && p.required);
  parts[0] += (query.length ? "?" + query.map((p) => `${p.name}=…`).join("&") : "") + '"';
  if (operation.security && operation.security.length) parts.push('-H "Authorization: Bearer $PK" -H "Origin: $ORIGIN"');
  const content = operation.requestBody && resolve(operation.requestBody).content;
  if (content && content["application/json"]) {
    const body = content["application/json"].example ?? example(content["application/json"].schema);
    parts.push(`-H "Content-Type: application/json" -d '${JSON.stringify(body)}'`);
  }
  return parts.join(" \\\n  ");
};

const answers = (responses) => {
  const rows = Object.entries(responses).map(([status, ref]) => {
    const answer = resolve(ref);
    const kinds = Object.entries(answer.content || {}).map(([type, c]) => `${type}${c.schema ? ": " + typeOf(c.schema) : ""}`);
    return el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, ...prose(answer.description)), el("td", {}, kinds.join(", ")));
  });
  return el("table", {}, el("tbody", {}, ...rows));
};

const operationNode = (path, method, operation) => {
  const id = operation.operationId || `${method}${path}`;
  const node = el("section", { id },
    el("h2", {}, el("span", { class: `method ${method}` }, method.toUpperCase()), " ", el("code", {}, path)),
    el("p", { class: "summary" }, operation.summary || ""),
    ...(operation.description || "").split("\n\n").map((text) => el("p", {}, ...prose(text))));
  const parameters = (operation.parameters || []).map(resolve);
  if (parameters.length) {
    node.append(el("h3", {}, "Parameters"), el("table", {}, el("tbody", {}, ...parameters.map((p) => el("tr", {},
      el("td", {}, el("code", {}, p.name), p.required ? " *" : ""),
      el("td", {}, p.in, ", ", typeOf(p.schema || {}), el("div", { class: "bounds" }, bounds(p.schema || {}))),
      el("td", {}, ...prose(p.description)))))));
  }
  const content = operation.requestBody && resolve(operation.requestBody).content;
  for (const [type, body] of Object.entries(content || {})) {
    const table = fields(body.schema);
    node.append(el("h3", {}, `Body, ${type}`));
    if (table) node.append(table);
  }
  node.append(el("h3", {}, "Answers"), answers(operation.responses), el("h3", {}, "Example"), el("pre", {}, curl(method.toUpperCase(), path, operation)));
  return [id, node];
};

const render = (loaded) => {
  document_ = loaded;
  const main = document.getElementById("doc");
  const toc = document.getElementById("toc");
  main.replaceChildren(el("h1", {}, loaded.info.title, " ", el("small", {}, loaded.info.version)));
  for (const text of (loaded.info.description || "").split("\n\n")) main.append(el("p", {}, ...prose(text)));
  toc.replaceChildren(el("strong", {}, "Endpoints"));
  for (const [path, item] of Object.entries(loaded.paths)) {
    for (const method of ["get", "post", "put", "patch", "delete"].filter((m) => item[m])) {
      const [id, node] = operationNode(path, method, item[method]);
      main.append(node);
      toc.append(el("a", { href: `#${id}` }, el("span", { class: `method ${method}` }, method.toUpperCase()), " ", path));
    }
  }
  main.append(el("h2", { id: "schemas" }, "Schemas"));
  for (const [name, schema] of Object.entries((loaded.components || {}).schemas || {})) {
    const table = fields(schema);
    if (table) main.append(el("section", { id: `schema-${name}` }, el("h3", {}, name), el("p", {}, ...prose(schema.description)), table));
  }
  toc.append(el("a", { href: "#schemas" }, "Schemas"), el("a", { href: "/api/v1/openapi.json" }, "openapi.json"));
};

fetch("/api/v1/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`HTTP ${answer.status}`))))
  .then(render)
  .catch((error) => document.getElementById("doc").replaceChildren(el("p", {}, `The document could not be loaded: ${error.message}`)));
