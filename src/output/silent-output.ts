import type { Output } from './output.js';

const plain = (text: string) => text;

/** Says nothing: for a program that embeds the pipeline and speaks for itself. */
export const silentOutput: Output = {
  json: true,
  interactive: false,
  structured: false,
  data() {},
  async write() {},
  table() {},
  note() {},
  warn() {},
  debug() {},
  fail() {},
  screen: async () => undefined,
  named: plain,
  progress: () => ({ update() {}, done() {}, fail() {} }),
  style: { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain },
};
