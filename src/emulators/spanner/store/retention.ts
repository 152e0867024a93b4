import type { Schema } from '../schema/model.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DEFAULT_MICROS = 3_600_000_000;

/** How long versions can be read after they were superseded: `version_retention_period`, an hour by default. */
export function retentionMicros(schema: Schema): number {
  const option = schema.options.get('version_retention_period');
  const [, number, unit] = /^(\d+)([smhd])$/.exec(String(option ?? '')) ?? [];
  return number === undefined ? DEFAULT_MICROS : Number(number) * SECONDS[unit!]! * 1e6;
}
