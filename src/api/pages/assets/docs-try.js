// Calls an endpoint from the reader, with a credential that is pasted. It stays in this page's memory and goes nowhere else.
import { el } from "./docs-markup.js";
import { valueOf } from "./docs-schema.js";

/** Typed once, used by all; gone with the page. */
let credential = "";

const field = (id, label, input, note) =>
  el(
    "p",
    { class: "field" },
    el("label", { for: id }, label),
    input,
    note ? el("span", { class: "quiet" }, note) : null,
  );

const shown = (text, type) => {
  try {
    return type.includes("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
};

export function trying(id, path, method, operation, may, parameters, body) {
  const details = el("details", { class: "try" }, el("summary", {}, "Try it"));
  // Made when it is opened: a page has some fifty of them.
  details.addEventListener("toggle", () => details.open && details.childElementCount === 1 && details.append(form()));
  return details;

  function form() {
    const inputs = parameters.map((each) => [
      each,
      el("input", {
        id: `${id}-${each.name}`,
        required: each.required,
        value: each.required ? valueOf(each) : null,
        autocomplete: "off",
      }),
    ]);
    const secret = el("input", {
      id: `${id}-credential`,
      type: "password",
      autocomplete: "off",
      spellcheck: "false",
      value: credential,
    });
    const text = body ? el("textarea", { id: `${id}-body`, rows: "6", spellcheck: "false" }) : null;
    if (text) text.value = JSON.stringify(body.value, null, 2);
    const send = el("button", { type: "submit", class: "primary" }, "Send");
    const stop = el("button", { type: "button", hidden: true }, "Stop");
    const status = el("p", { role: "status" });
    const answer = el("pre", { tabindex: "0", hidden: true, "aria-label": `Answer of ${id}`, role: "region" });
    let running = null;

    const made = el(
      "form",
      {},
      may.length
        ? field(
            secret.id,
            "Credential",
            secret,
            may.includes("secret_key") && may.length > 1 ? "A secret key is refused when a browser sends it." : null,
          )
        : null,
      inputs.map(([each, input]) => field(input.id, `${each.name}${each.required ? "" : " (optional)"}`, input)),
      text ? field(text.id, "Body", text) : null,
      el("p", {}, send, " ", stop),
      status,
      answer,
    );
    stop.addEventListener("click", () => running?.abort());
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      credential = secret.value.trim();
      running = new AbortController();
      send.disabled = true;
      stop.hidden = false;
      answer.hidden = true;
      status.textContent = "Asked …";
      try {
        await ask(running.signal);
      } catch (error) {
        status.textContent = error.name === "AbortError" ? "Stopped." : `Not reached: ${error.message}`;
      } finally {
        send.disabled = false;
        stop.hidden = true;
      }
    });
    return made;

    async function ask(signal) {
      const query = new URLSearchParams();
      const headers = {};
      let address = path;
      for (const [{ name, in: where }, { value }] of inputs) {
        if (where === "path") address = address.replace(`{${name}}`, encodeURIComponent(value));
        else if (value && where === "query") query.set(name, value);
        else if (value && where === "header") headers[name] = value;
      }
      if (may.length && credential) headers.Authorization = `Bearer ${credential}`;
      if (text?.value.trim()) headers["Content-Type"] = "application/json";
      const begun = performance.now();
      const response = await fetch(`${address}${query.size ? `?${query}` : ""}`, {
        method: method.toUpperCase(),
        headers,
        body: text?.value.trim() || undefined,
        signal,
      });
      const told = () =>
        `${response.status} ${response.statusText}, ${Math.round(performance.now() - begun)} ms, request ${response.headers.get("X-Request-Id") ?? "?"}`;
      const type = response.headers.get("Content-Type") ?? "";
      status.textContent = told();
      answer.textContent = "";
      answer.hidden = false;
      let whole = "";
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader.read()) {
        whole += piece.value;
        answer.append(piece.value);
      }
      answer.textContent = shown(whole, type) || "(no body)";
      status.textContent = told();
      if (!response.ok || !type.includes("json")) return;
      const { access_token: token } = JSON.parse(whole);
      if (!token) return;
      credential = token;
      status.textContent += ". The access token is filled in where one is asked for.";
    }
  }
}
