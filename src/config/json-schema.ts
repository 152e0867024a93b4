import { SETTINGS, type SettingName, type SettingSpec } from './settings.js';

type JsonSchema = Record<string, unknown>;

/** The JSON Schema of `healthmon.json`, from which editors complete and check it. */
export function configSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = {
    $schema: { type: 'string', description: 'Where this schema lies; for editors only.' },
  };
  for (const [name, spec] of Object.entries(SETTINGS) as [SettingName, SettingSpec][]) {
    const [group, key] = name.split('.') as [string, string | undefined];
    if (key === undefined) {
      properties[group] = propertyOf(spec);
      continue;
    }
    properties[group] ??= { type: 'object', additionalProperties: false, properties: {} };
    (properties[group].properties as JsonSchema)[key] = propertyOf(spec);
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of healthmon',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

function propertyOf(spec: SettingSpec): JsonSchema {
  const variable = spec.env === undefined ? '' : ` The environment variable ${spec.env} goes before it.`;
  return {
    description: spec.description + variable,
    ...(typeof spec.default === 'number'
      ? { type: 'integer', minimum: spec.multipleOf ?? 1, multipleOf: spec.multipleOf ?? 1 }
      : { type: 'string' }),
    ...(spec.choices && { enum: spec.choices }),
    ...(spec.pattern && { pattern: spec.pattern.source }),
    ...(typeof spec.default !== 'function' && { default: spec.default }),
  };
}
