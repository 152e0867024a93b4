import type { HparamCandidates, HparamRange } from './constants.js';

export type SearchSpace = HparamRange | HparamCandidates;

/** Values of options as they are stored with a model; names in upper case. */
export type OptionValue = string | number | boolean | string[] | Record<string, number>;
export type OptionValues = Record<string, OptionValue>;

/** A typed look at option values, with the defaults that the reader names. */
export class OptionReader {
  readonly #values: OptionValues;

  constructor(values: OptionValues) {
    this.#values = values;
  }

  number(name: string, fallback: number): number {
    return (this.#values[name] as number | undefined) ?? fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    return (this.#values[name] as boolean | undefined) ?? fallback;
  }

  text(name: string, fallback: string): string;
  text(name: string): string | undefined;
  text(name: string, fallback?: string): string | undefined {
    return (this.#values[name] as string | undefined) ?? fallback;
  }

  strings(name: string): string[] | undefined {
    return this.#values[name] as string[] | undefined;
  }

  weights(name: string): Record<string, number> | undefined {
    return this.#values[name] as Record<string, number> | undefined;
  }

  has(name: string): boolean {
    return name in this.#values;
  }
}
