/** What is to happen later, all of which can be called off at once. */
export class Timers {
  readonly #running = new Set<ReturnType<typeof setTimeout>>();

  after(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      what();
    }, ms);
    this.#running.add(timer);
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}
