import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { HealthmonError } from '../errors/healthmon-error.js';

/** Who looked at which patient, as one line of JSON each, written before the page is shown. */
export class Audit {
  readonly #file: string;
  readonly #target: string;
  readonly #opened = new Set<string>();

  /** @param file made with rights for its owner alone, unless it is there. */
  constructor(file: string, target: string) {
    this.#file = file;
    this.#target = target;
    this.#append('');
  }

  /** A page, or its data in another format. */
  page(patientId: string): void {
    this.#opened.add(patientId);
    this.#append(
      `${JSON.stringify({
        time: new Date().toISOString(),
        patient: patientId,
        target: this.#target,
        user: userInfo().username,
      })}\n`,
    );
  }

  /** What keeps a page up to date is no further look, unless the page was never opened. */
  stream(patientId: string): void {
    if (!this.#opened.has(patientId)) this.page(patientId);
  }

  #append(line: string): void {
    try {
      appendFileSync(this.#file, line, { mode: 0o600 });
    } catch (cause) {
      throw new HealthmonError({
        code: 'file-not-written',
        message: `The file ${this.#file} cannot be written.`,
        detail: (cause as Error).message,
        suggestion: 'Check the folder and its permissions; no patient is shown without the line about it.',
        cause,
      });
    }
  }
}
