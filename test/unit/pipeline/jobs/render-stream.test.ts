import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig } from '../../../../src/config/config.js';
import { yamlText } from '../../../../src/core/yaml-text.js';
import { decoderBundle } from '../../../../src/pipeline/jobs/bundles.js';
import { type RenderStreamInput, renderStream } from '../../../../src/pipeline/jobs/render-stream.js';

const config = (flags: Record<string, string> = {}) => resolveConfig({ flags, env: {}, cwd: '/nonexistent' });
const job = (input: Partial<RenderStreamInput> = {}, flags = {}) =>
  renderStream(config(flags), {
    subscription: 'vitals-dataflow',
    timeZone: undefined,
    retentionMs: 86_400_000,
    source: 'native',
    idleTimeoutMs: 5000,
    ...input,
  });

/** The values of a key in the text, wherever it is. */
function valuesOf(text: string, key: string): unknown[] {
  const found: unknown[] = [];
  parse(text, (name, value) => {
    if (name === key) found.push(value);
    return value;
  });
  return found;
}

describe('the text of the streaming job', () => {
  it('names every resource of the settings', () => {
    const flags = {
      project: 'ward-seven',
      'pubsub.deadLetterTopic': 'refused',
      'bigtable.nowTable': 'newest',
      'bigquery.streamTable': 'vitals',
    };
    const { text } = job({}, flags);
    expect(valuesOf(text, 'subscription')).toEqual(['projects/ward-seven/subscriptions/vitals-dataflow']);
    expect(valuesOf(text, 'topic')).toEqual(['projects/ward-seven/topics/refused']);
    expect(JSON.parse(valuesOf(text, 'places')[0] as string)).toMatchObject({
      project: 'ward-seven',
      bigtableNowTable: 'newest',
      bigqueryTable: 'ward-seven.healthmon.vitals',
    });
  });

  it('holds the decoder itself, and what it is told', () => {
    const { text } = job({ timeZone: 'Asia/Kolkata' });
    const decoders = valuesOf(text, 'decoder') as string[];
    expect(decoders).toHaveLength(2);
    for (const decoder of decoders) {
      expect(inflateSync(Buffer.from(decoder, 'base64')).toString()).toBe(decoderBundle());
    }
    const [settings] = (valuesOf(text, 'settings') as string[]).map((each) => JSON.parse(each));
    expect(settings).toMatchObject({ retentionMs: 86_400_000, subscription: 'vitals-dataflow' });
    expect(settings.timeZone.changes.at(-1)[1]).toBe(5.5 * 3_600_000);
  });

  it('has the Python of the package as it is, under names that stay', () => {
    const { text, transforms } = job({ source: 'pull' });
    expect(transforms).toEqual(['ReadVitals', 'DecodeVitals', 'WriteVitals', 'DeadLetters']);
    const folder = join(import.meta.dirname, '../../../../templates/beam');
    for (const file of ['pull.py', 'decode.py', 'write.py', 'dead_letters.py']) {
      const source = readFileSync(join(folder, file), 'utf8').trimEnd();
      expect(text).toContain(source.replace(/^(?=.)/gm, ' '.repeat(8)));
      // Beam takes the last definition for the transform.
      expect(transforms).toContain(/^class (\w+)\(beam\.PTransform\):$/m.exec(source)![1]);
      expect(source.match(/^(?:class|def) .*$/gm)!.at(-1)).toContain('(beam.PTransform)');
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.py'))).toContain('pull.py');
    expect(job().text).not.toContain('class ReadVitals');
  });

  it('streams with the source of Beam, and ends with ours', () => {
    expect(job().text).toMatch(/options:\n {2}streaming: true\n$/);
    expect(job({ source: 'pull' }).text).toMatch(/options:\n {2}streaming: false\n$/);
  });

  it('stays far below what Dataflow takes', () => {
    expect(job().bytes).toBe(Buffer.byteLength(job().text));
    expect(job({ timeZone: 'America/New_York' }).bytes).toBeLessThan(60_000);
  });

  it('refuses a zone that does not exist', () => {
    expect(() => job({ timeZone: 'Mars/Olympus' })).toThrow('"Mars/Olympus" is not a time zone.');
  });
});

it('writes no word that older readers of YAML take for something else', () => {
  expect(yamlText({ no: 'yes', time: '1:30', lines: 'two\n\n  lines\n' })).toBe(
    '"no": "yes"\ntime: "1:30"\nlines: |\n  two\n\n    lines\n',
  );
});
