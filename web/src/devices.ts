import { CallFault, type AntiphonCall, type MicrophoneSource } from "@antiphon/client";
import { byId, make } from "./elements.js";

/** The dialog in which a caller chooses microphone and loudspeaker; a change during a call applies at once. */
export class Devices {
  readonly #dialog = byId("devices-dialog", HTMLDialogElement);
  readonly #microphone = byId("microphone", HTMLSelectElement);
  readonly #speaker = byId("speaker", HTMLSelectElement);
  readonly #hint = byId("devices-hint", HTMLElement);

  constructor(
    opener: HTMLButtonElement,
    private readonly call: AntiphonCall,
  ) {
    opener.addEventListener("click", () => void this.#open());
    this.#microphone.addEventListener("change", () => void this.#changeMicrophone());
    this.#speaker.addEventListener("change", () => void call.setSpeaker(this.#speaker.value));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#list());
  }

  /** The microphone chosen, or the system's. */
  get microphone(): MicrophoneSource {
    const deviceId = this.#microphone.value;
    return deviceId === "" ? "default" : { deviceId };
  }

  async #open(): Promise<void> {
    await this.#list();
    this.#dialog.showModal();
  }

  async #list(): Promise<void> {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const named = devices.filter((device) => device.deviceId !== "" && device.deviceId !== "default");
    fill(this.#microphone, named.filter((device) => device.kind === "audioinput"), "The system’s microphone");
    fill(this.#speaker, named.filter((device) => device.kind === "audiooutput"), "The system’s loudspeaker");
    this.#speaker.disabled = !("setSinkId" in HTMLMediaElement.prototype);
    this.#hint.textContent = named.some((device) => device.label !== "")
      ? ""
      : "Browsers name the devices once the microphone has been allowed, that is after the first call.";
  }

  async #changeMicrophone(): Promise<void> {
    try {
      await this.call.setMicrophone(this.microphone);
      this.#hint.textContent = "";
    } catch (error) {
      this.#hint.textContent = error instanceof CallFault ? error.message : "This microphone cannot be used.";
    }
  }
}

function fill(select: HTMLSelectElement, devices: readonly MediaDeviceInfo[], first: string): void {
  const chosen = select.value;
  const options = devices.map((device, index) => make("option", { value: device.deviceId }, device.label || `Device ${index + 1}`));
  select.replaceChildren(make("option", { value: "" }, first), ...options);
  select.value = devices.some((device) => device.deviceId === chosen) ? chosen : "";
}
