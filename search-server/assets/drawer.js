// On narrow screens the filters move into a dialog, which keeps the focus inside and closes with Escape.

const NARROW = "(max-width: 52rem)";

export function drawer({ dialog, panel, home, button }) {
  const badge = button.querySelector(".badge");
  const done = dialog.querySelector(".done");
  const narrow = matchMedia(NARROW);

  function place() {
    if (narrow.matches) {
      dialog.querySelector(".drawer-body").append(panel);
    } else {
      if (dialog.open) dialog.close();
      home.append(panel);
    }
  }

  button.addEventListener("click", () => dialog.showModal());
  done.addEventListener("click", () => dialog.close());
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  narrow.addEventListener("change", place);
  place();

  return {
    count(selected) {
      badge.textContent = selected;
      badge.hidden = selected === 0;
    },
    found(text) {
      done.textContent = `Show ${text}`;
    },
  };
}
