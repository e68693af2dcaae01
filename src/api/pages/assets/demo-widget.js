// AnythingLLM's own widget on the same page, if the AnythingLLM behind the gateway has one: what a shop that changes nothing
// would paste.
"use strict";

(async () => {
  const source = "/embed/anythingllm-chat-widget.min.js";
  const offer = document.getElementById("offer");
  const answer = await fetch(source, { method: "HEAD" }).catch(() => null);
  // AnythingLLM answers unknown paths with its web page.
  if (!answer?.ok || !answer.headers.get("content-type")?.includes("javascript")) return;
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", () => {
    offer.hidden = true;
    document.getElementById("open").hidden = true;
    document.getElementById("chat").hidden = true;
    const script = document.createElement("script");
    script.src = source;
    script.dataset.embedId = document.body.dataset.publishableKey;
    script.dataset.baseApiUrl = `${location.origin}/api/embed`;
    script.dataset.assistantName = "Nordwerk assistant";
    script.dataset.greeting = "Hello! Ask me about tools, safety gear and shelving.";
    script.dataset.noSponsor = "true";
    document.body.append(script);
  });
})();
