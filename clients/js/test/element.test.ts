import { beforeAll, expect, test, vi } from "vitest";
import { AntiphonCall, AntiphonServer } from "../src/index.js";
import type { AntiphonCallElement } from "../src/element.js";
import { World } from "./fakes.js";

beforeAll(async () => {
  // jsdom has no constructable style sheets.
  vi.stubGlobal("CSSStyleSheet", class { replaceSync(): void {} });
  await import("../src/element.js");
});

function placed(world: World): { element: AntiphonCallElement; button: HTMLButtonElement; status: Element } {
  const element = document.createElement("antiphon-call") as AntiphonCallElement;
  element.setAttribute("agent", "salon");
  element.call = new AntiphonCall(new AntiphonServer(world.platform, "http://127.0.0.1:8080"), world.platform);
  document.body.append(element);
  const button = element.shadowRoot?.querySelector("button");
  const status = element.shadowRoot?.querySelector("[role=status]");
  if (!button || !status) throw new Error("the element is empty");
  return { element, button, status };
}

test("one button calls the agent and ends the call", async () => {
  const world = new World();
  const { element, button, status } = placed(world);
  expect(button.textContent).toBe("Call");
  button.click();
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  expect([button.textContent, status.textContent]).toEqual(["End call", "Connecting…"]);
  world.peer.become("connected");
  world.channel.open();
  world.channel.tell({ type: "state", seq: 1, at_ms: 0, state: "listening", specialist: "triage" });
  expect([element.call.phase, status.textContent]).toEqual(["live", "Listening"]);
  button.click();
  expect([element.call.phase, button.textContent]).toEqual(["ended", "Call"]);
  expect(world.asked[0]?.body).toMatchObject({ agent: "salon" });
});

test("what went wrong stands beside the button", async () => {
  const world = new World();
  world.microphoneError = new DOMException("", "NotFoundError");
  const { button, status } = placed(world);
  button.click();
  await vi.waitFor(() => expect(status.textContent).toContain("No microphone was found"));
  expect(button.textContent).toBe("Call");
});

test("an element taken out of the page hangs up", async () => {
  const world = new World();
  const { element, button } = placed(world);
  button.click();
  await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
  element.remove();
  expect([element.call.phase, world.asked.at(-1)?.path]).toEqual(["ended", "/api/calls/call_1/hangup"]);
});
