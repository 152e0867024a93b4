import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../src/config/config.js';
import { configSchema } from '../../../src/config/json-schema.js';
import { SETTINGS, type SettingName, type SettingSpec } from '../../../src/config/settings.js';

interface Property {
  type: string;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  multipleOf?: number;
  default?: unknown;
  description: string;
  properties?: Record<string, Property>;
  additionalProperties?: boolean;
}

const schema = configSchema() as unknown as Property;

function propertyOf(name: SettingName): Property {
  const [group, key] = name.split('.') as [string, string | undefined];
  const found = schema.properties![group]!;
  return key === undefined ? found : found.properties![key]!;
}

/** The keywords that the schema uses, as JSON Schema defines them. */
function accepts(property: Property, value: unknown): boolean {
  if (property.type === 'integer') {
    const number = value as number;
    return Number.isInteger(value) && number >= property.minimum! && number % property.multipleOf! === 0;
  }
  if (typeof value !== 'string') return false;
  if (property.enum !== undefined && !property.enum.includes(value)) return false;
  return property.pattern === undefined || new RegExp(property.pattern, 'u').test(value);
}

const VALUES = [
  'local',
  'ward-7',
  'Ward_7',
  'ward 7',
  '',
  'a',
  'x'.repeat(300),
  '../up',
  'gs://b',
  7,
  0,
  1.5,
];

describe('the JSON Schema of healthmon.json', () => {
  it('that is shipped is what the settings say (update it with vitest -u)', async () => {
    const shipped = resolve(import.meta.dirname, '../../../templates/healthmon.schema.json');
    await expect(`${JSON.stringify(configSchema(), null, 2)}\n`).toMatchFileSnapshot(shipped);
  });

  it.each(Object.keys(SETTINGS) as SettingName[])(
    'accepts for %s what the command line accepts, or for secrets the environment',
    (name) => {
      const spec: SettingSpec = SETTINGS[name];
      for (const value of VALUES) {
        const text = String(value);
        const given = spec.secret ? { env: { [spec.env!]: text } } : { flags: { [name]: text } };
        const resolved = () =>
          resolveConfig({
            flags: { project: 'ward-7', ...given.flags },
            env: given.env ?? {},
            cwd: '/nowhere',
          });
        let isAccepted = true;
        try {
          resolved();
        } catch {
          isAccepted = false;
        }
        const typed = typeof spec.default === 'number' ? Number(text) : text;
        expect(accepts(propertyOf(name), typed), `${name}=${text}`).toBe(isAccepted);
      }
      expect(propertyOf(name).description).not.toBe('');
    },
  );

  it('knows no other keys, but lets a file name its schema', () => {
    expect(schema.additionalProperties).toBe(false);
    for (const [group, property] of Object.entries(schema.properties!)) {
      if (property.properties !== undefined) expect(property.additionalProperties, group).toBe(false);
    }
    expect(Object.keys(schema.properties!)[0]).toBe('$schema');
  });
});
