// The conversation as it happens: faint while it may still change, struck where it was never heard.

export class Transcript {
  private readonly replies = new Map<number, HTMLLIElement>();
  private readonly turns = new Map<number, HTMLLIElement>();

  constructor(private readonly list: HTMLOListElement) {}

  clear(): void {
    this.list.replaceChildren();
    this.replies.clear();
    this.turns.clear();
  }

  caller(turn: number, text: string, final: boolean): void {
    const line = this.line(this.turns, turn, "caller");
    line.classList.toggle("interim", !final);
    line.textContent = text;
    this.follow();
  }

  agent(reply: number, text: string): void {
    const line = this.line(this.replies, reply, "agent");
    line.append(text);
    this.follow();
  }

  /** What was heard of a reply stays; what was not is struck, and a reply nobody heard goes. */
  heard(reply: number, heard: string): void {
    const line = this.replies.get(reply);
    if (!line) return;
    const said = (line.textContent ?? "").trimEnd();
    if (!heard) {
      line.remove();
    } else if (said.length > heard.length) {
      const unheard = document.createElement("s");
      unheard.textContent = said.slice(heard.length);
      unheard.title = "not heard: interrupted here";
      line.replaceChildren(heard, unheard);
    }
  }

  note(text: string): void {
    const line = document.createElement("li");
    line.className = "note";
    line.textContent = text;
    this.list.append(line);
    this.follow();
  }

  private line(lines: Map<number, HTMLLIElement>, number: number, who: string): HTMLLIElement {
    const known = lines.get(number);
    if (known) return known;
    const line = document.createElement("li");
    line.className = who;
    lines.set(number, line);
    this.list.append(line);
    return line;
  }

  private follow(): void {
    this.list.scrollTop = this.list.scrollHeight;
  }
}
