// A sketch of the web interface: log in, see one's workspaces.
const TOKEN = "anythingllm_authToken";
const root = document.getElementById("root");

function show(...nodes) {
  root.replaceChildren(...nodes);
}

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

async function call(path, options = {}) {
  const token = localStorage.getItem(TOKEN);
  const headers = { Authorization: token ? `Bearer ${token}` : null };
  const response = await fetch(`/api${path}`, { ...options, headers });
  return response.json();
}

async function workspaces() {
  const { workspaces: found, error } = await call("/workspaces");
  if (error) return login(error);
  show(
    element("h1", { textContent: "Workspaces" }),
    element("ul", {}, ...found.map((one) => element("li", { textContent: one.name }))),
    element("button", {
      textContent: "Log out",
      onclick: () => {
        localStorage.removeItem(TOKEN);
        login();
      },
    }),
  );
}

function login(error = "") {
  const username = element("input", { placeholder: "Username", autocomplete: "username" });
  const password = element("input", { placeholder: "Password", type: "password" });
  const form = element("form", {}, username, password, element("button", { textContent: "Log in" }));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const body = JSON.stringify({ username: username.value, password: password.value });
    const answer = await call("/request-token", { method: "POST", body });
    if (!answer.valid) return login(answer.message);
    localStorage.setItem(TOKEN, answer.token);
    workspaces();
  };
  show(
    element("h1", { textContent: "AnythingLLM stand-in" }),
    form,
    element("p", { className: "error", textContent: error }),
  );
}

const sso = location.pathname === "/sso/simple" && new URLSearchParams(location.search).get("token");
if (sso) {
  const answer = await call(`/request-token/sso/simple?token=${encodeURIComponent(sso)}`);
  if (answer.valid) localStorage.setItem(TOKEN, answer.token);
}
const { multiUserMode } = await call("/system/multi-user-mode");
if (multiUserMode && !localStorage.getItem(TOKEN)) login();
else workspaces();
