// What the console's pages get on top where scripts run. Everything here is said by attributes in the page, and every
// page works without it.

// A text that is taken along.
function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = words), 2000);
    });
  }
}

// Says that something is being done, and sends a form once.
function showProgress(root) {
  for (const form of root.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      // What goes to a frame leaves the page as it is.
      if (event.submitter?.hasAttribute("formtarget")) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-busy", "true");
      keep(form);
      // Sending may be stopped, which browsers tell nobody.
      setTimeout(release, 10_000);
    });
  }
}

// A form that was sent can be sent again.
function release() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

// What was typed last, until the page after it is there: should the session be over, nothing of it was saved. Secrets
// and files are not kept.
const KEPT = "vestibule-typed";

function typed(form) {
  const kinds = ["hidden", "password", "file", "submit", "button"];
  return [...form.elements].filter((field) => field.name && !kinds.includes(field.type));
}

function keep(form) {
  const fields = typed(form).map(({ name, value, checked }) => ({ name, value, checked }));
  const page = location.pathname + location.search;
  if (fields.length) sessionStorage.setItem(KEPT, JSON.stringify({ page, action: form.getAttribute("action"), fields }));
}

// The login that says that nothing was saved leaves it; any other page is the proof that it has arrived.
function putBack() {
  if (document.querySelector("[data-unsent]")) return sessionStorage.setItem(`${KEPT}-lost`, "yes");
  if (document.body.classList.contains("plain")) return;
  const [kept, lost] = [KEPT, `${KEPT}-lost`].map((name) => sessionStorage.getItem(name));
  sessionStorage.removeItem(KEPT);
  sessionStorage.removeItem(`${KEPT}-lost`);
  if (!kept || !lost) return;
  const { page, action, fields } = JSON.parse(kept);
  if (page !== location.pathname + location.search) return;
  const form = [...document.querySelectorAll("form[method=post]")].find((one) => one.getAttribute("action") === action);
  if (!form) return;
  const places = typed(form);
  for (const { name, value, checked } of fields) {
    const boxed = (field) => ["checkbox", "radio"].includes(field.type);
    const field = places.find((one) => one.name === name && (!boxed(one) || one.value === value));
    if (field && boxed(field)) field.checked = checked;
    else if (field) field.value = value;
  }
  form.closest("details")?.setAttribute("open", "");
}

// Keeps a part of the page as the server has it: data-live is its address, data-every the seconds in between. A part
// without data-live in its answer has come to its end.
function keepFresh(element, seen) {
  const every = Number(element.dataset.every || 5) * 1000;
  const next = async () => {
    if (!document.hidden) {
      const answer = await fetch(element.dataset.live, { headers: { accept: "text/html" } }).catch(() => undefined);
      if (answer?.redirected) {
        location.reload();
        return;
      }
      if (answer?.ok) {
        const text = await answer.text();
        const held = document.createElement("template");
        held.innerHTML = text;
        const fresh = held.content.firstElementChild;
        // What is the same stays: somebody may be reading in it.
        if (fresh && text !== seen) {
          // It has come to its end: the page has it whole, with its forms.
          if (!fresh.dataset.live) return location.reload();
          element.replaceWith(fresh);
          begin(fresh, text);
          return;
        }
      }
    }
    setTimeout(next, every);
  };
  setTimeout(next, every);
}

function begin(root, seen) {
  offerCopies(root);
  showProgress(root);
  if (root.matches?.("[data-live]")) keepFresh(root, seen);
  for (const element of root.querySelectorAll("[data-live]")) keepFresh(element);
}

begin(document);
putBack();

// Shows what is typed, a moment after: the form is sent to a frame by the button that does so.
for (const button of document.querySelectorAll("button[data-preview]")) {
  let soon;
  button.form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(() => button.form.requestSubmit(button), 500);
  });
}

document.querySelector("[data-focus]")?.focus();

// Where the entries stand in one line that scrolls, the present one is in sight.
const side = document.querySelector(".side");
const present = side?.querySelector("[aria-current]");
if (present) {
  const [bar, entry] = [side.getBoundingClientRect(), present.getBoundingClientRect()];
  side.scrollLeft += entry.left - bar.left - (bar.width - entry.width) / 2;
}

// A menu closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  // It stops the sending of a form as well.
  if (event.key === "Escape") release();
  const menu = event.key === "Escape" && document.activeElement?.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A page that comes back from the browser's memory can send its forms again.
addEventListener("pageshow", (event) => {
  if (event.persisted) release();
});
