// What the tests share: the gateway that scripts/test-clients.sh started, and a server that answers what it is told.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ProblemError, login, vestibule } from "vestibule-client";

export const gateway = JSON.parse(readFileSync(process.env.GATEWAY, "utf8"));
const { base: baseUrl } = gateway;

/** `fetch` that remembers what was asked. */
export function watched() {
    const seen = [];
    const fetcher = async (url, init) => {
        const { pathname, search } = new URL(url);
        const entry = { method: init.method, path: pathname, search, headers: init.headers, body: init.body };
        seen.push(entry);
        const response = await fetch(url, init);
        entry.status = response.status;
        return response;
    };
    return { fetch: fetcher, seen, count: (path) => seen.filter((each) => each.path === path).length };
}

export const withSecret = (options = {}) => vestibule({ baseUrl, credential: gateway.secret_key, ...options });
/** As in a page of the shop: a browser would say so by itself. */
export const withPublishable = (options = {}) =>
    vestibule({ baseUrl, credential: gateway.publishable_key, headers: { Origin: gateway.origin }, ...options });
export const asManager = (options = {}) =>
    login({ baseUrl, username: gateway.manager_username, password: gateway.manager_password, ...options });

export const WORKSPACE = gateway.workspace;
/** Logged in once: logins are throttled. */
let loggedIn;
export const staff = () => (loggedIn ??= asManager());
export const message = "How long do I have to return an order?";

/** The refusal of a call, which must be one. */
export async function refusal(promise) {
    const error = await promise.then(
        () => assert.fail("it was not refused"),
        (error) => error,
    );
    assert.ok(error instanceof ProblemError, String(error));
    assert.match(error.requestId, /^[\w-]{8,64}$/);
    assert.match(error.problem.type, new RegExp(`/docs/errors/${error.code}$`));
    return error;
}

/** How the stand-in for AnythingLLM behaves, until the test is over. */
export async function upstream(t, settings) {
    const control = (method, body) =>
        fetch(`${gateway.stand_in}/__stand-in/control`, {
            method,
            headers: { "Content-Type": "application/json" },
            ...(body ? { body: JSON.stringify(body) } : {}),
        });
    t.after(() => control("DELETE"));
    await control("PUT", settings);
    return async () => (await control("GET")).json();
}

/** A server whose answers are functions of `(request, response, body)`, one for each request; the last one stays. */
export async function scripted(t, ...answers) {
    const seen = [];
    const server = createServer(async (request, response) => {
        let body = "";
        for await (const piece of request) body += piece;
        seen.push({ method: request.method, url: request.url, headers: request.headers, body, at: Date.now() });
        (answers.length > 1 ? answers.shift() : answers[0])(request, response, body);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => (server.closeAllConnections(), server.close()));
    return { baseUrl: `http://127.0.0.1:${server.address().port}`, seen };
}

export const json =
    (status, body, headers = {}) =>
    (_, response) =>
        response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
export const problem = (status, code, more = {}, headers = {}) =>
    json(
        status,
        {
            type: `https://x/docs/errors/${code}`,
            title: code,
            status,
            detail: "d",
            instance: "i",
            code,
            request_id: "request-1",
            ...more,
        },
        { "Content-Type": "application/problem+json", ...headers },
    );
export const broken = (request) => request.socket.destroy();
