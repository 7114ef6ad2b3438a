const STORED = "antiphon-theme";

/** Light or dark: as the system prefers until the reader chooses. */
export function offerThemes(button: HTMLButtonElement): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const dark = (): boolean => (root.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const show = (): void => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Change to ${dark() ? "light" : "dark"} colours`);
  };
  const chosen = remembered();
  if (chosen) root.dataset["theme"] = chosen;
  show();
  system.addEventListener("change", show);
  button.addEventListener("click", () => {
    root.dataset["theme"] = dark() ? "light" : "dark";
    remember(root.dataset["theme"]);
    show();
  });
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage is switched off: the choice lasts as long as the page
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    // as above
  }
}
