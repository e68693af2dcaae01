// The chat box of the demo storefront: what a shop's own page would do with the public API.
"use strict";

const key = document.body.dataset.publishableKey;
const $ = (id) => document.getElementById(id);
const [chat, log, form, box, send] = ["chat", "log", "form", "message", "send"].map($);
const stored = "nordwerk_session";
let running = null;

const headers = { Authorization: `Bearer ${key}` };
const sessionId = () => localStorage.getItem(stored);

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
    const answer = await fetch("/api/v1/chat", {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json", Accept: "text/event-stream" },
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
  const answer = await fetch(`/api/v1/messages?session_id=${encodeURIComponent(sessionId())}`, { headers });
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
  if (sessionId()) await fetch(`/api/v1/messages?session_id=${encodeURIComponent(sessionId())}`, { method: "DELETE", headers });
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
