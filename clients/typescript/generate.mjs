// Writes src/schema.ts (types) and src/api.ts (the calls and their signatures) from docs/openapi.json.
//   node generate.mjs [--check]   with --check nothing is written, and what would be different is an error
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const here = import.meta.dirname;
const METHODS = ["get", "post", "put", "patch", "delete"];
/** What other clients call: AnythingLLM's own widget, OpenAI's packages, MCP's, a browser. */
const LEFT_OUT = ["/api/embed/", "/api/v1/store-webhooks/", "/openai/", "/mcp", "/console"];
/** They change nothing, so they may be sent again like a GET. The refresh token just traded gives the newest again. */
const SAFE_POSTS = new Set(["knowledge.query", "keys.preview_origins", "auth.refresh"]);
/** None of their fields must stand, but one of them. */
const SAYS_SOMETHING = new Set(["privacy.erase"]);

const document = JSON.parse(await readFile(join(here, "../../docs/openapi.json"), "utf8"));

// A refusal is always a `Problem`, which the client throws: described with each call it makes the types three times as
// long.
for (const path of Object.keys(document.paths)) {
    if (LEFT_OUT.some((start) => path.startsWith(start))) {
        delete document.paths[path];
        continue;
    }
    for (const method of METHODS) {
        const responses = document.paths[path][method]?.responses ?? {};
        for (const status of Object.keys(responses)) {
            if (status >= "400") delete responses[status];
        }
    }
}

const made = "// Made by generate.mjs from docs/openapi.json. Do not edit.\n";
const types = await openapiTS(structuredClone(document), {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    defaultNonNullable: false,
});
const errorCode = "\n/** Every `code` that a problem document can have. */\nexport type ErrorCode = ProblemCode;\n";

const camel = (name) => name.toLowerCase().replace(/[-_](.)/g, (_, letter) => letter.toUpperCase());

/** The type of a successful answer, from every status and media type that is not a stream. */
function output(operation) {
    const all = new Set();
    for (const [status, answer] of Object.entries(operation.responses)) {
        const kinds = Object.entries(answer.content ?? {});
        if (!kinds.length && status !== "304") all.add("undefined");
        for (const [media, { schema }] of kinds) {
            if (!/[/+]json$/.test(media)) {
                // Streams have calls of their own, unless there is nothing else.
                if (media !== "text/event-stream" || kinds.length === 1) all.add("string");
            } else all.add(schema?.$ref ? `Schema.${schema.$ref.split("/").pop()}` : "Record<string, unknown>");
        }
    }
    return [...all].join(" | ");
}

const lines = [];
const tree = {};
for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
        const operation = item[method];
        if (!operation) continue;
        const id = operation.operationId;
        const at = `Schema.operations[${JSON.stringify(id)}]`;
        const named = (where) => (operation.parameters ?? []).filter((parameter) => parameter.in === where);
        const query = named("query");
        const headers = named("header");
        const body = operation.requestBody;
        const flags = `${body ? "b" : query.length ? "q" : ""}${operation.security?.length ? "" : "a"}${SAFE_POSTS.has(id) ? "s" : ""}`;
        lines.push(`    "${id} ${method.toUpperCase()} ${path}${flags ? ` ${flags}` : ""}",`);

        const needs = (parameters) => parameters.some(({ required }) => required);
        const parameters = named("path").map(({ name }) => `${camel(name)}: string`);
        if (body) {
            const schema = body.content["application/json"].schema;
            const type = schema.$ref
                ? `Schema.${schema.$ref.split("/").pop()}`
                : `NonNullable<${at}["requestBody"]>["content"]["application/json"]`;
            // What has nothing that must be said may be left out: `{}` is sent then.
            const named = document.components.schemas[schema.$ref?.split("/").pop()];
            const says = named?.required?.length || ["put", "patch"].includes(method) || SAYS_SOMETHING.has(id);
            const mustStand = body.required && (says || needs(headers));
            parameters.push(mustStand ? `body: ${type}` : `body?: ${type} | undefined`);
        } else if (query.length) {
            const type = `NonNullable<${at}["parameters"]["query"]>`;
            const mustStand = needs(query) || needs(headers); // nothing optional may come before what is required
            parameters.push(`query${mustStand ? "" : "?"}: ${type}${needs(query) ? "" : " | undefined"}`);
        }
        const extra = headers.map(
            ({ name, required }) =>
                `${camel(name)}${required ? "" : "?"}: string${required ? "" : " | null | undefined"}`,
        );
        if (body && query.length) extra.push(`query?: ${at}["parameters"]["query"]`);
        const options = extra.length ? `CallOptions & { ${extra.join("; ")} }` : "CallOptions";
        parameters.push(`options${needs(headers) ? "" : "?"}: ${options}`);

        const steps = id.split(".").map(camel);
        const name = steps.pop();
        const place = steps.reduce((node, step) => (node[step] ??= {}), tree);
        const words = [operation.summary, operation.description].filter(Boolean).join("\n\n").replaceAll("*/", "*\\/");
        place[name] = { words, signature: `(${parameters.join(", ")}): Promise<${output(operation)}>` };
    }
}

function members(node, depth) {
    const indent = "    ".repeat(depth);
    return Object.entries(node)
        .map(([name, value]) => {
            if (typeof value.signature !== "string")
                return `${indent}${name}: {\n${members(value, depth + 1)}${indent}};\n`;
            const comment = value.words
                .split("\n")
                .map((line) => `${indent} * ${line}`.trimEnd())
                .join("\n");
            return `${indent}/**\n${comment}\n${indent} */\n${indent}${name}: ${value.signature.replace("): ", ") => ")};\n`;
        })
        .join("");
}

const api = `${made}import type * as Schema from "./schema.ts";
import type { CallOptions } from "./transport.ts";

/** Every call, by the name that the OpenAPI document gives it. */
export interface Api {
${members(tree, 1)}}

/** Name, method, path, and: b with a body, q with a query, a without a credential, s safe to be sent again. */
export const OPERATIONS = [
${lines.join("\n")}
];
`;

let differs = false;
for (const [file, text] of [
    ["schema.ts", `${made}${astToString(types)}${errorCode}`],
    ["api.ts", api],
]) {
    const path = join(here, "src", file);
    if (!process.argv.includes("--check")) await writeFile(path, text);
    else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
        console.error(`src/${file} is not what docs/openapi.json says: npm run generate`);
        differs = true;
    }
}
process.exitCode = differs ? 1 : 0;
