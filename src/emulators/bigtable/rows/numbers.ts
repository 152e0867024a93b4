/** Things by a small number, which another one gets when they are gone. */
export class Numbers<T> {
  readonly #things: (T | undefined)[] = [];
  readonly #free: number[] = [];

  add(thing: T): number {
    const number = this.#free.pop() ?? this.#things.length;
    this.#things[number] = thing;
    return number;
  }

  /** @param number of one that is there. */
  get(number: number): T {
    return this.#things[number]!;
  }

  remove(number: number): void {
    this.#things[number] = undefined;
    this.#free.push(number);
  }
}
