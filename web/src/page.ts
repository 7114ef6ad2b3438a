// The demo page: pick an agent, talk, and watch what it hears, thinks and does.

import { AntiphonCall, listAgents, openSession, Trouble, type AgentSummary, type PageMessage } from "../../clients/js/src/index";
import { element } from "./element";
import { Facts } from "./facts";
import { Transcript } from "./transcript";

const STATES: Record<string, string> = {
  connecting: "Connecting…",
  listening: "Listening",
  hearing: "Hearing you",
  thinking: "Thinking",
  speaking: "Speaking",
  paused: "Waiting: did you say something?",
  ended: "The call is over",
};

const talk = element<HTMLButtonElement>("talk");
const mute = element<HTMLButtonElement>("mute");
const push = element<HTMLInputElement>("push");
const pushButton = element<HTMLButtonElement>("pushButton");
const device = element<HTMLSelectElement>("device");
const picked = element<HTMLSelectElement>("agent");
const line = element<HTMLInputElement>("line");
const transcript = new Transcript(element<HTMLOListElement>("transcript"));
const facts = new Facts();

let agents: readonly AgentSummary[] = [];
let call: AntiphonCall | undefined;

function show(error: unknown): void {
  const box = element("error");
  box.textContent = error instanceof Error ? error.message : String(error);
  box.hidden = false;
}

function setState(state: string): void {
  element("orb").dataset["state"] = state;
  element("state").textContent = STATES[state] ?? state;
}

function inCall(running: boolean): void {
  talk.hidden = running;
  for (const id of ["mute", "hangup", "hold", "devices", "typing"]) element(id).hidden = !running;
  element("examples").hidden = running;
  element("about").hidden = running;
  picked.disabled = running;
}

function told(message: PageMessage): void {
  switch (message.type) {
    case "state":
      return setState(message.state);
    case "interim":
      return transcript.caller(message.turn, message.text, false);
    case "final":
      return transcript.caller(message.turn, message.text, true);
    case "say":
      return transcript.agent(message.reply, message.text);
    case "heard":
      return transcript.heard(message.reply, message.text);
    case "slot":
      return facts.slot(message);
    case "tool":
      return facts.tool(message);
    case "record":
      return facts.record(message);
    case "error":
      return transcript.note(message.message);
    default:
      return;
  }
}

function ended(id: string, trouble?: Trouble): void {
  call = undefined;
  inCall(false);
  talk.disabled = false;
  setState("ended");
  if (trouble) show(trouble);
  if (!id) return;
  element("after").hidden = false;
  element<HTMLAnchorElement>("record").href = `/api/calls/${id}`;
  element<HTMLAnchorElement>("journal").href = `/api/calls/${id}/journal`;
  // The last lines are written within a moment of the goodbye.
  window.setTimeout(() => (element<HTMLImageElement>("timeline").src = `/api/calls/${id}/timeline.svg`), 600);
  talk.focus();
}

async function start(): Promise<void> {
  talk.disabled = true;
  element("error").hidden = true;
  element("after").hidden = true;
  transcript.clear();
  facts.clear();
  setState("connecting");
  const dialled: AntiphonCall = new AntiphonCall({
    message: told,
    ended: (trouble) => ended(dialled.id, trouble),
  });
  try {
    const trouble = await dialled.dial(picked.value, device.value || undefined);
    call = dialled;
    inCall(true);
    if (trouble) {
      show(trouble);
      line.focus();
    } else {
      await listDevices();
      element("hangup").focus();
    }
    draw();
  } catch (error) {
    ended("", error instanceof Trouble ? error : undefined);
    if (!(error instanceof Trouble)) show(error);
    setState("ended");
    element("state").textContent = "Not connected";
  }
}

async function listDevices(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const chosen = device.value;
  const microphones = all.filter((each) => each.kind === "audioinput");
  device.replaceChildren(
    ...microphones.map((each, index) => new Option(each.label || `Microphone ${index + 1}`, each.deviceId)),
  );
  if (chosen) device.value = chosen;
  element("devices").hidden = microphones.length < 2;
}

function draw(): void {
  if (!call) return;
  const { caller, agent } = call.level();
  element("orb").style.setProperty("--level", Math.max(caller, agent).toFixed(3));
  requestAnimationFrame(draw);
}

function setMuted(muted: boolean): void {
  mute.setAttribute("aria-pressed", String(muted));
  mute.textContent = muted ? "Muted" : "Mute";
  call?.mute(muted);
}

function choose(): void {
  const agent = agents.find((each) => each.name === picked.value);
  element("about").textContent = agent?.problem ?? agent?.description ?? "";
  element("examples").replaceChildren(
    ...(agent?.examples ?? []).map((example) => {
      const item = document.createElement("li");
      item.textContent = example;
      return item;
    }),
  );
}

talk.addEventListener("click", () => void start());
element("hangup").addEventListener("click", () => call?.hangUp());
mute.addEventListener("click", () => setMuted(mute.getAttribute("aria-pressed") !== "true"));
picked.addEventListener("change", choose);
device.addEventListener("change", () => void call?.useMicrophone(device.value).catch(show));
push.addEventListener("change", () => {
  pushButton.hidden = !push.checked;
  setMuted(push.checked);
});
for (const begin of ["pointerdown"]) pushButton.addEventListener(begin, () => setMuted(false));
for (const stop of ["pointerup", "pointerleave"]) pushButton.addEventListener(stop, () => push.checked && setMuted(true));
for (const [kind, muted] of [["keydown", false], ["keyup", true]] as const)
  document.addEventListener(kind, (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target !== push;
    if (!push.checked || event.code !== "Space" || event.repeat || typing || !call) return;
    event.preventDefault();
    setMuted(muted);
  });
element<HTMLFormElement>("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = line.value.trim();
  if (text) call?.type(text);
  line.value = "";
});

async function open(): Promise<void> {
  await openSession(window.location, window.history);
  agents = await listAgents();
  picked.replaceChildren(...agents.map((agent) => new Option(agent.title, agent.name)));
  choose();
  if (!window.isSecureContext) show(new Trouble("insecure-origin"));
}

talk.disabled = true;
open()
  .then(() => (talk.disabled = false))
  .catch(show);
