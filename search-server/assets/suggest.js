// The search box: a combobox with suggestions (ARIA 1.2: the focus stays in the box, the list follows the arrow keys).

import { debounced, newest } from "./api.js";
import { formatNumber } from "./catalog.js";
import { h, icon } from "./dom.js";

const WAIT_MS = 80;
const MOST = 8;

/** `fetch(q, limit, signal)` asks for suggestions, `typed(q)` runs as the shopper writes, `pick(suggestion)` on a choice. */
export function searchBox({ form, input, list, clear }, { fetch, typed, pick, submit }) {
  const latest = newest();
  let options = [];
  let active = -1;

  const ask = debounced(WAIT_MS, async () => {
    const q = input.value;
    if (!q.trim()) return close();
    const suggestions = await latest((signal) => fetch(q, MOST, signal)).catch(() => []);
    if (suggestions && document.activeElement === input) draw(suggestions);
  });

  function close() {
    ask.cancel();
    latest(async () => undefined);
    options = [];
    activate(-1);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }

  function draw(suggestions) {
    options = suggestions.slice(0, MOST);
    if (options.length === 0) return close();
    list.replaceChildren(...options.map((option, index) => h("li", {
      id: `suggestion-${index}`, role: "option", "aria-selected": "false",
      onmousedown: (event) => event.preventDefault(),
      onclick: () => choose(option),
    },
    icon({ brand: "tag", category: "folder", product: "box" }[option.kind] ?? "search"),
    h("span", { class: "suggestion-text" }, ...begun(option.text, input.value.trim())),
    option.kind !== "query" && h("span", { class: "quiet" }, option.kind === "product" ? "" : option.kind),
    option.count > 1 && h("span", { class: "count" }, formatNumber(option.count)))));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    activate(-1);
  }

  function activate(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = list.children[index];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    close();
    pick(option);
  }

  const keys = {
    ArrowDown: () => (options.length ? activate(active + 1 < options.length ? active + 1 : -1) : ask()),
    ArrowUp: () => options.length && activate(active >= 0 ? active - 1 : options.length - 1),
    Escape: () => (list.hidden ? write("") : close()),
  };

  function write(text) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("input", () => {
    clear.hidden = input.value === "";
    typed(input.value);
    ask();
  });
  input.addEventListener("blur", close);
  clear.addEventListener("click", () => {
    write("");
    input.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (options[active]) return choose(options[active]);
    close();
    submit(input.value);
  });

  return {
    /** Shows the text of a state that did not come from the keyboard. */
    set(text) {
      if (input.value !== text) input.value = text;
      clear.hidden = text === "";
    },
    close,
  };
}

/** What the shopper has typed stays light, what the suggestion adds is bold. */
function begun(text, typed) {
  const start = text.toLowerCase().indexOf(typed.toLowerCase());
  if (!typed || start < 0) return [text];
  const end = start + typed.length;
  return [h("b", {}, text.slice(0, start)), text.slice(start, end), h("b", {}, text.slice(end))];
}
