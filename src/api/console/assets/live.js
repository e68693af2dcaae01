// What goes on by itself: the progress of a run, and an answer of the playground while it is being written.

for (const part of document.querySelectorAll("[data-events]:not(template)")) {
  const source = new EventSource(part.dataset.events);
  // Made by the server as the page was, with everything escaped.
  source.addEventListener("progress", (event) => (part.innerHTML = JSON.parse(event.data)));
  source.addEventListener("over", () => {
    source.close();
    location.reload();
  });
}

const playground = document.querySelector("[data-playground] form");

playground?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = document.querySelector("#playground-texts").dataset;
  const live = document.querySelector("#playground-live");
  const button = playground.querySelector("button");
  const began = performance.now();
  const answer = new Answer(words, playground.elements.message.value);
  document.querySelector("section.answer:not(#playground-live *)")?.remove();
  live.replaceChildren(answer.section);
  button.disabled = true;
  try {
    const response = await fetch(playground.action, {
      method: "POST",
      headers: { accept: "text/event-stream" },
      body: new URLSearchParams(new FormData(playground)),
    });
    // A session that is over leads to the login: that is a page, and shown as one.
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return playground.submit();
    for await (const { name, data, raw } of events(response.body)) {
      answer.event(name, data, raw, performance.now() - began);
      if (name === "start") goOn(data.session_id);
    }
  } catch (error) {
    answer.fail(String(error));
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    delete playground.dataset.sent;
  }
});

/** The next question goes on with this conversation. */
function goOn(session) {
  let field = playground.elements.session_id;
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name: "session_id" });
    playground.append(field);
  }
  field.value = session;
}

/** Server-sent events of a stream; comments are passed over. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n\n");
    rest = parts.pop();
    for (const raw of parts) {
      const line = (start) => raw.split("\n").find((text) => text.startsWith(start))?.slice(start.length);
      const data = line("data: ");
      if (data !== undefined) yield { name: line("event: "), data: JSON.parse(data), raw };
    }
  }
}

/** An answer as it grows. Everything goes in as text. */
class Answer {
  constructor(words, question) {
    this.words = words;
    this.section = element("section", { className: "answer" });
    this.state = element("p", { className: "quiet", textContent: words.asking });
    this.text = element("p", { className: "said", dir: "auto" });
    this.sources = element("ol", { className: "sources" });
    this.facts = element("dl", { className: "facts" });
    this.raw = element("pre", { tabIndex: 0, dir: "auto" });
    const details = element("details");
    details.append(element("summary", { textContent: words.rawEvents }), this.raw);
    this.section.append(
      element("h2", { textContent: words.asked }),
      element("p", { className: "said", dir: "auto", textContent: question }),
      element("h2", { textContent: words.answer }),
      this.state, this.text,
      element("h2", { textContent: words.sources }),
      this.sources, this.facts, details,
    );
  }

  event(name, data, raw, millis) {
    this.raw.append(`${raw}\n\n`);
    if (name === "delta" && !data.kind) {
      if (!this.text.textContent) this.fact(this.words.firstWords, seconds(millis));
      this.text.append(data.text);
    } else if (name === "sources") {
      for (const source of data.sources) this.source(source);
    } else if (name === "done") {
      this.state.textContent = data.refused ? this.words.refused : data.cached ? this.words.cached : "";
      this.fact(this.words.total, seconds(millis));
      this.fact(this.words.model, data.usage.model);
      this.fact(this.words.promptTokens, data.usage.prompt_tokens);
      this.fact(this.words.completionTokens, data.usage.completion_tokens);
      if (!this.sources.children.length) this.sources.replaceWith(quiet(this.words.noSources));
    } else if (name === "error") {
      this.fail(`${JSON.parse(this.words.reasons)[data.code] ?? data.detail} (${data.code})`);
    }
  }

  source(source) {
    const item = element("li");
    const title = source.title ?? "–";
    item.append(
      source.url
        ? element("a", { href: source.url, textContent: title, dir: "auto", rel: "noreferrer noopener", target: "_blank" })
        : element("strong", { textContent: title, dir: "auto" }),
    );
    if (source.score) item.append(" ", quietly(source.score.toFixed(2)));
    if (source.offer) item.append(element("p", { textContent: source.offer, dir: "auto" }));
    if (source.text) item.append(element("p", { className: "said", dir: "auto", textContent: source.text }));
    this.sources.append(item);
  }

  fact(name, value) {
    this.facts.append(
      element("dt", { textContent: name }),
      element("dd", { textContent: value ?? this.words.unknown }),
    );
  }

  fail(why) {
    this.state.className = "notice bad";
    this.state.setAttribute("role", "alert");
    this.state.textContent = `${this.words.failed}: ${why}`;
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function quiet(text) {
  return element("p", { className: "quiet", textContent: text });
}

function quietly(text) {
  return element("span", { className: "quiet", textContent: text });
}

function seconds(millis) {
  return millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(1)} s`;
}
