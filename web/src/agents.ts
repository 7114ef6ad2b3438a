import type { AgentSummary } from "@antiphon/client";
import { make } from "./elements.js";

/** Who can be called: a list to choose from, and what one could say to the chosen one. */
export class Agents {
  #agents: readonly AgentSummary[] = [];
  #chosen: AgentSummary | null = null;

  constructor(
    private readonly list: HTMLElement,
    private readonly examples: HTMLElement,
    private readonly sayings: HTMLElement,
  ) {}

  get chosen(): AgentSummary | null {
    return this.#chosen;
  }

  /** Show them; the one named `wanted` is chosen, else the first. */
  show(agents: readonly AgentSummary[], wanted: string | null): void {
    this.#agents = agents;
    this.list.replaceChildren(...agents.map((agent) => this.#option(agent)));
    if (agents.length === 0) {
      this.list.append(make("p", { class: "hint" }, "No agent is installed. `antiphon new NAME` makes one."));
    }
    this.#choose((agents.find((agent) => agent.name === wanted) ?? agents[0])?.name ?? null);
  }

  #option(agent: AgentSummary): HTMLElement {
    const radio = make("input", { type: "radio", name: "agent", value: agent.name, "data-testid": `agent-${agent.name}` });
    radio.addEventListener("change", () => this.#choose(agent.name));
    const words = [make("span", { class: "agent-title" }, agent.title), make("span", { class: "agent-about" }, agent.description)];
    if (agent.problem !== null) {
      words.push(make("span", { class: "agent-problem" }, `Its file has a mistake, so the version before is used: ${agent.problem}`));
    }
    return make("label", { class: "agent-option" }, radio, make("span", {}, ...words));
  }

  #choose(name: string | null): void {
    this.#chosen = this.#agents.find((agent) => agent.name === name) ?? null;
    for (const radio of this.list.querySelectorAll("input")) radio.checked = radio.value === name;
    const sayings = this.#chosen?.examples ?? [];
    this.sayings.replaceChildren(...sayings.map((saying) => make("li", {}, `“${saying}”`)));
    this.examples.hidden = sayings.length === 0;
  }
}
