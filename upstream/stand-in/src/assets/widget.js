// A working sketch of the chat widget: same script attributes, same requests, plain looks.
(() => {
  const script = document.currentScript;
  const { embedId, baseApiUrl, greeting = "Ask me anything." } = script.dataset;
  if (!embedId || !baseApiUrl) throw new Error("data-embed-id and data-base-api-url are required");
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = script.src.replace(/\.js(\?.*)?$/, ".css");
  document.head.append(style);

  const key = `allm_${embedId}_session_id`;
  const sessionId = localStorage.getItem(key) || crypto.randomUUID();
  localStorage.setItem(key, sessionId);
  const sessionUrl = `${baseApiUrl}/${embedId}/${sessionId}`;

  const root = document.createElement("div");
  root.id = "anythingllm-embed";
  root.innerHTML =
    '<div class="window" hidden><div class="messages"></div>' +
    '<form><input name="message" autocomplete="off"><button>Send</button>' +
    '<button type="button" class="reset">Reset Chat</button></form></div>' +
    '<button class="toggle" aria-label="Toggle Menu">Chat</button>';
  const panel = root.querySelector(".window");
  const messages = root.querySelector(".messages");
  const form = root.querySelector("form");

  function say(role, text) {
    const line = document.createElement("p");
    line.className = role;
    line.textContent = text;
    messages.append(line);
    messages.scrollTop = messages.scrollHeight;
    return line;
  }

  function take(frame, line) {
    if (frame.type === "abort") {
      line.className = "error";
      line.textContent = `Could not respond to message. ${frame.errorMsg || "Server error"}`;
    } else if (frame.type === "textResponse") line.textContent = frame.textResponse;
    else if (frame.type === "textResponseChunk") line.textContent += frame.textResponse;
  }

  async function read(response, line) {
    if (!response.ok) return take(await response.json(), line);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        if (event.startsWith("data:")) take(JSON.parse(event.slice(5)), line);
      }
    }
  }

  async function history() {
    const response = await fetch(sessionUrl);
    const { history: past } = response.ok ? await response.json() : { history: [] };
    messages.replaceChildren();
    say("assistant", greeting);
    for (const { role, content } of past) say(role, content);
  }

  root.querySelector(".toggle").onclick = () => {
    panel.hidden = !panel.hidden;
    if (!panel.hidden) history();
  };
  root.querySelector(".reset").onclick = async () => {
    await fetch(sessionUrl, { method: "DELETE" }).catch(() => {});
    messages.replaceChildren();
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const message = form.message.value.trim();
    if (!message) return;
    form.message.value = "";
    say("user", message);
    const line = say("assistant", "");
    try {
      const response = await fetch(`${baseApiUrl}/${embedId}/stream-chat`, {
        method: "POST",
        headers: { accept: "text/event-stream" },
        body: JSON.stringify({ message, sessionId, username: null, prompt: null, model: null, temperature: null }),
      });
      await read(response, line);
    } catch {
      take({ type: "abort" }, line);
    }
  };
  document.body.append(root);
})();
