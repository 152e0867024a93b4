import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutput, type OutputOptions } from '../../../src/output/terminal-output.js';

function streamOf(isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  // What a terminal has besides.
  const cursor = { clearLine() {}, cursorTo() {}, moveCursor() {} };
  return { stream: Object.assign(stream, { isTTY, ...cursor }), text: () => text };
}

function output(isTTY: boolean, options: Partial<OutputOptions> = {}) {
  const [stdout, stderr] = [streamOf(isTTY), streamOf(isTTY)];
  const made = createOutput({
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {},
    json: false,
    quiet: false,
    verbose: false,
    ...options,
  });
  return { made, stdout: stdout.text, stderr: stderr.text };
}

describe('colour', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['elsewhere', false, {}, false],
    ['FORCE_COLOR elsewhere', false, { env: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0 on a terminal', true, { env: { FORCE_COLOR: '0' } }, false],
    ['NO_COLOR on a terminal', true, { env: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR on a terminal', true, { env: { NO_COLOR: '' } }, true],
    ['NO_COLOR before FORCE_COLOR', true, { env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
    ['--no-color before FORCE_COLOR', true, { noColor: true, env: { FORCE_COLOR: '1' } }, false],
    ['CI on a terminal', true, { env: { CI: 'true' } }, false],
    ['a dumb terminal', true, { env: { TERM: 'dumb' } }, false],
    ['--json with FORCE_COLOR', true, { json: true, env: { FORCE_COLOR: '1' } }, false],
  ] as const)('%s', (_case, isTTY, options, coloured) => {
    const { made, stderr } = output(isTTY, options);
    made.warn('low disk');
    expect(stderr().includes('\u001b[')).toBe(coloured);
    // The meaning is in the words, too.
    expect(stderr()).toContain('warning');
  });
});

describe('progress without a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is one plain line for a phase and one every ten seconds', () => {
    const { made, stderr } = output(false);
    const progress = made.progress('Loading');
    for (let second = 1; second <= 25; second++) {
      vi.advanceTimersByTime(1000);
      progress.update(`${second} rows`);
    }
    progress.done('25 rows');
    expect(stderr()).toBe('Loading …\nLoading: 9 rows\nLoading: 19 rows\nLoading: 25 rows\n');
    for (const control of ['\r', '\u001b']) expect(stderr()).not.toContain(control);
  });

  it('says how long a phase lasts that reports nothing', () => {
    const { made, stderr } = output(false);
    const progress = made.progress('Training');
    vi.advanceTimersByTime(20_000);
    progress.fail();
    vi.advanceTimersByTime(20_000);
    expect(stderr()).toBe('Training …\nTraining: 10 s\nTraining: 20 s\nTraining: failed\n');
  });

  it.each([
    ['--progress none', { progress: 'none' }, true, ''],
    ['--quiet', { quiet: true }, true, ''],
    ['--progress plain on a terminal', { progress: 'plain' }, true, 'Loading …\nLoading: done\n'],
    ['--progress bar elsewhere', { progress: 'bar' }, false, 'Loading …\nLoading: done\n'],
    ['CI on a terminal', { env: { CI: '1' } }, true, 'Loading …\nLoading: done\n'],
  ])('with %s', (_case, options, isTTY, text) => {
    const { made, stderr } = output(isTTY, options);
    made.progress('Loading').done();
    expect(stderr()).toBe(text);
  });
});

describe('progress on a terminal', () => {
  it('has no colour with NO_COLOR', async () => {
    // ora asks the process, when it is loaded, whether there may be colours at all.
    vi.stubEnv('FORCE_COLOR', '1');
    const { made, stderr } = output(true, { env: { NO_COLOR: '1' } });
    const progress = made.progress('Loading');
    await vi.waitFor(() => expect(stderr()).toContain('Loading'));
    progress.done();
    expect(stderr()).toContain('✔ Loading');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
    expect(stderr()).not.toMatch(/\u001b\[\d*m/);
  });

  it('that ends at once still comes before what is printed next', () => {
    const { made, stderr } = output(true, { env: { NO_COLOR: '1' } });
    made.progress('Loading').fail();
    made.warn('it failed');
    expect(stderr()).toBe('✖ Loading\nwarning it failed\n');
  });
});
