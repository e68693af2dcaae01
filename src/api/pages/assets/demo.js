// The chat of the demo storefront: Vestibule's own widget, as a shop pastes it, or AnythingLLM's on the same page, if the
// AnythingLLM behind the gateway has one. The page says which of them is shown.
"use strict";

const key = document.body.dataset.publishableKey;
const $ = (id) => document.getElementById(id);
const THEIRS = "/embed/anythingllm-chat-widget.min.js";
/** Which one a page begins with, so that a switch is a page that is loaded anew: neither widget tidies up after itself. */
const wanted = new URLSearchParams(location.search).get("widget");

const script = (attributes) => {
  const node = document.createElement("script");
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  document.body.append(node);
  return node;
};

/** A question of the page, asked by whatever is there. */
let ask = () => {};

function ours() {
  // Calls that come before the script are kept by the queue.
  window.VestibuleQueue ??= [];
  ask = (question) => window.VestibuleQueue.push((vestibule) => vestibule.ask(question));
  const node = script({ type: "module", src: "/widget.js", "data-key": key });
  node.addEventListener("error", () => ($("shown").textContent = "The widget could not be loaded: reload the page."));
}

function theirs() {
  $("shown").replaceChildren("Shown is ", Object.assign(document.createElement("strong"), { textContent: "AnythingLLM's widget" }), ".");
  // It cannot be asked by a page: its input is all there is.
  for (const button of document.querySelectorAll("[data-ask]")) button.hidden = true;
  script({
    src: THEIRS,
    "data-embed-id": key,
    "data-base-api-url": `${location.origin}/api/embed`,
    "data-assistant-name": "Nordwerk assistant",
    "data-greeting": "Hello! You are chatting with an AI assistant. Ask me about tools, safety gear and shelving.",
    "data-no-sponsor": "true",
  });
}

/** AnythingLLM answers paths that it does not know with its web page. */
async function theirsIsThere() {
  const answer = await fetch(THEIRS, { method: "HEAD" }).catch(() => null);
  return Boolean(answer?.ok && answer.headers.get("content-type")?.includes("javascript"));
}

async function start() {
  if (wanted !== "anythingllm") ours();
  const both = await theirsIsThere();
  if (wanted === "anythingllm") (both ? theirs : ours)();
  const other = wanted === "anythingllm" && both ? "vestibule" : "anythingllm";
  $("other").hidden = !both;
  $("switch").textContent = other === "vestibule" ? "Show Vestibule's own widget instead" : "Show AnythingLLM's widget instead";
  $("switch").addEventListener("click", () => location.assign(`/demo?widget=${other}`));
}

for (const button of document.querySelectorAll("[data-ask]"))
  button.addEventListener("click", () => ask(button.dataset.ask));
start();
