// The chat box of the demo storefront: what a shop's own page would do with the public API.
"use strict";

const key = document.body.dataset.publishableKey;
const $ = (id) => document.getElementById(id);
const [chat, log, form, box, send] = ["chat", "log", "form", "message", "send"].map($);
const stored = "nordwerk_session";
let running = null;

const sessionId = () => localStorage.getItem(stored);

// A visitor token in the place of the key: it is renewed while it is in use, and kept for the next page.
const visitor = {
  load: () => JSON.parse(sessionStorage.getItem("nordwerk_visitor") ?? "null"),
  async ask(credential, body) {
    return fetch("/api/v1/widget/session", {
      method: "POST",
      headers: { Authorization: `Bearer ${credential}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  },
  async token() {
    const known = this.load();
    if (known && Date.now() < known.renewAt) return known.token;
    let answer = known && (await this.ask(known.token, {}));
    if (!answer || answer.status === 401) {
      const id = localStorage.getItem("nordwerk_visitor_id");
      answer = await this.ask(key, id ? { visitor_id: id } : {});
      if (answer.status === 422 && id) answer = await this.ask(key, {});
    }
    if (!answer.ok) throw await answer.json();
    const { token, expires_in, visitor_id } = await answer.json();
    localStorage.setItem("nordwerk_visitor_id", visitor_id);
    sessionStorage.setItem("nordwerk_visitor", JSON.stringify({ token, renewAt: Date.now() + (expires_in - 60) * 1000 }));
    return token;
  },
};

// Asks with the visitor's token; once more with another one if it was withdrawn.
async function call(path, options = {}) {
  const send = async () => {
    const headers = { ...options.headers, Authorization: `Bearer ${await visitor.token()}` };
    return fetch(path, { ...options, headers });
  };
  const answer = await send();
  if (answer.status !== 401) return answer;
  sessionStorage.removeItem("nordwerk_visitor");
  return send();
}

const say = (who, text) => {
  const line = document.createElement("div");
  line.className = `said ${who}`;
  line.textContent = text;
  log.append(line);
  log.scrollTop = log.scrollHeight;
  return line;
};

const showSources = (sources) => {
  const titles = [...new Set(sources.map((source) => source.title).filter(Boolean))];
  if (!titles.length) return;
  const box = document.createElement("div");
  box.className = "sources";
  box.append("From:");
  const list = document.createElement("ul");
  for (const title of titles) list.append(Object.assign(document.createElement("li"), { textContent: title }));
  box.append(list);
  log.append(box);
  log.scrollTop = log.scrollHeight;
};

// Reads a text/event-stream body; events may be cut anywhere.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
      const lines = buffer.slice(0, end).split("\n");
      const field = (name) => lines.filter((l) => l.startsWith(name + ":")).map((l) => l.slice(name.length + 1).trimStart()).join("\n");
      if (field("data")) yield { name: field("event"), data: JSON.parse(field("data")) };
    }
  }
}

const sentence = (problem) => ({
  rate_limited: `Too many messages. Please try again in ${problem.retry_after ?? 10} s.`,
  validation_failed: problem.detail,
  forbidden_origin: "This page may not use the chat: its origin is not on the key's list.",
}[problem.code] || problem.title || "Something went wrong. Please try again.");

async function ask(message) {
  say("user", message);
  const line = say("assistant waiting", "");
  send.disabled = true;
  running = new AbortController();
  try {
    const answer = await call("/api/v1/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ message, stream: true, ...(sessionId() ? { session_id: sessionId() } : {}) }),
      signal: running.signal,
    });
    if (!answer.ok) throw await answer.json();
    for await (const { name, data } of events(answer.body)) {
      if (name === "start") localStorage.setItem(stored, data.session_id);
      if (name === "delta" && data.kind !== "reasoning") {
        line.className = "said assistant";
        line.textContent += data.text;
        log.scrollTop = log.scrollHeight;
      }
      if (name === "sources") showSources(data.sources);
      if (name === "error") throw data.problem ?? data;
    }
    line.classList.remove("waiting");
  } catch (problem) {
    if (problem.name === "AbortError") line.remove();
    else {
      if (!line.textContent) line.remove();
      else line.classList.remove("waiting");
      say("error", sentence(problem));
    }
  } finally {
    send.disabled = false;
    running = null;
    box.focus();
  }
}

async function restore() {
  if (!sessionId() || log.childElementCount) return;
  const answer = await call(`/api/v1/messages?session_id=${encodeURIComponent(sessionId())}`);
  if (!answer.ok) return;
  for (const { role, content } of (await answer.json()).data) say(role, content);
}

const open = () => {
  chat.hidden = false;
  $("open").hidden = true;
  $("open").setAttribute("aria-expanded", "true");
  box.focus();
  return restore();
};

$("open").addEventListener("click", open);
$("close").addEventListener("click", () => {
  chat.hidden = true;
  $("open").hidden = false;
  $("open").setAttribute("aria-expanded", "false");
});
$("reset").addEventListener("click", async () => {
  running?.abort();
  if (sessionId()) await call(`/api/v1/messages?session_id=${encodeURIComponent(sessionId())}`, { method: "DELETE" });
  localStorage.removeItem(stored);
  log.replaceChildren();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const message = box.value.trim();
  if (!message || running) return;
  box.value = "";
  ask(message);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    form.requestSubmit();
  }
});
for (const button of document.querySelectorAll("[data-ask]"))
  button.addEventListener("click", async () => {
    await open();
    if (!running) ask(button.dataset.ask);
  });
