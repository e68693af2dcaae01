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
    });
  }
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
if (present) side.scrollLeft = present.offsetLeft - (side.clientWidth - present.offsetWidth) / 2;

// A menu closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A page that comes back from the browser's memory can send its forms again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
