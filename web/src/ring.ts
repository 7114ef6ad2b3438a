import type { CallState } from "@antiphon/client";

type Levels = () => { readonly caller: number; readonly agent: number };

/** One voice's ring: how far out, which waves run along it, and how fast. */
interface Voice {
  readonly radius: number;
  readonly waves: readonly (readonly [count: number, speed: number, share: number])[];
  readonly colour: string;
  level: number;
}

const STEPS = 120;
const RISE = 0.45;
const FALL = 0.08;

/**
 * Two voices as two rings around one centre: the caller's outside, the agent's inside. Each swells with its voice; the
 * ring of whoever holds the floor is bold. Where motion is unwelcome the rings only grow and shrink.
 */
export class Ring {
  readonly #pen: CanvasRenderingContext2D | null;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #caller: Voice = { radius: 0.405, waves: [[3, 0.7, 0.5], [5, -1.1, 0.3], [8, 1.7, 0.2]], colour: "--caller", level: 0 };
  readonly #agent: Voice = { radius: 0.315, waves: [[4, -0.8, 0.5], [6, 1.3, 0.3], [9, -1.9, 0.2]], colour: "--agent", level: 0 };
  #state: CallState | "idle" = "idle";
  #levels: Levels = () => ({ caller: 0, agent: 0 });

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.#pen = canvas.getContext("2d");
    const frame = (ms: number): void => {
      this.#draw(ms / 1000);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Follow these levels. */
  follow(levels: Levels): void {
    this.#levels = levels;
  }

  set state(state: CallState | "idle") {
    this.#state = state;
  }

  #draw(seconds: number): void {
    const pen = this.#pen;
    if (!pen || document.hidden) return;
    this.#fit();
    const now = this.#levels();
    ease(this.#caller, now.caller);
    ease(this.#agent, now.agent);
    const { width } = this.canvas;
    pen.clearRect(0, 0, width, width);
    const time = this.#still.matches ? 0 : seconds;
    const heard = this.#state === "listening" || this.#state === "hearing" || this.#state === "paused";
    this.#trace(pen, this.#caller, time, heard);
    this.#trace(pen, this.#agent, time, this.#state === "speaking" || this.#state === "thinking");
  }

  #fit(): void {
    const wanted = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (wanted > 0 && this.canvas.width !== wanted) this.canvas.width = this.canvas.height = wanted;
  }

  #trace(pen: CanvasRenderingContext2D, voice: Voice, time: number, bold: boolean): void {
    const { width } = this.canvas;
    const breath = this.#state === "idle" && time ? 0.006 * Math.sin(time * 1.3) : 0;
    const swell = this.#still.matches ? voice.level * 0.05 : 0;
    const reach = this.#still.matches ? 0 : 0.012 + voice.level * 0.075;
    pen.beginPath();
    for (let step = 0; step <= STEPS; step += 1) {
      const angle = (step / STEPS) * 2 * Math.PI;
      let wave = 0;
      for (const [count, speed, share] of voice.waves) wave += share * Math.sin(count * angle + speed * time * 2);
      const radius = width * (voice.radius + breath + swell + reach * wave * (bold || voice.level > 0.02 ? 1 : 0.35));
      pen.lineTo(width / 2 + radius * Math.cos(angle), width / 2 + radius * Math.sin(angle));
    }
    pen.closePath();
    const thinking = voice === this.#agent && this.#state === "thinking";
    pen.setLineDash(thinking ? [width * 0.012, width * 0.03] : []);
    pen.lineDashOffset = -time * width * 0.05;
    pen.lineCap = "round";
    pen.lineWidth = width * (bold ? 0.014 : 0.006) * (1 + voice.level * 0.6);
    pen.globalAlpha = bold ? 1 : 0.45;
    pen.strokeStyle = getComputedStyle(this.canvas).getPropertyValue(voice.colour);
    pen.stroke();
  }
}

/** Quick to rise, slow to fall, as meters are. */
function ease(voice: Voice, level: number): void {
  voice.level += (level - voice.level) * (level > voice.level ? RISE : FALL);
}
