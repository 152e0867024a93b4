import { usageError } from '../errors/healthmon-error.js';
import type { OptionSpec } from './command.js';

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** `30`, `30s`, `5m`, `250ms`, `2h` in milliseconds; a bare number means seconds. */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  return Number(match[1]) * UNIT_MS[(match[2] ?? 's') as keyof typeof UNIT_MS];
}

/** A duration as it would be typed, in the largest unit that it is a whole number of: `25ms`, `10s`, `24h`. */
export function durationText(ms: number): string {
  const [unit, unitMs] = Object.entries(UNIT_MS).findLast(([, each]) => ms % each === 0)!;
  return `${ms / unitMs}${unit}`;
}

/** The default of an option as it would be typed; undefined when it has none. */
export function defaultText({ type, default: value }: OptionSpec): string | undefined {
  return type === 'duration' && value !== undefined ? durationText(Number(value)) : value?.toString();
}

/** Checks the text of an option against its declaration and gives the typed value. */
export function parseOptionValue(spec: OptionSpec, text: string): unknown {
  const refuse = (detail: string) =>
    usageError({
      code: 'invalid-option',
      message: `The value "${text}" of ${spec.flags.split(/[ ,]+/)[0]} is not valid.`,
      detail,
      suggestion: `Give ${spec.flags}: ${spec.description}`,
    });
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    throw refuse(`It must be one of: ${spec.choices.join(', ')}.`);
  }
  switch (spec.type) {
    case 'integer':
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value)) throw refuse('It must be a number.');
      if (spec.type === 'integer' && !Number.isSafeInteger(value)) throw refuse('It must be a whole number.');
      if (spec.minimum !== undefined && value < spec.minimum) {
        throw refuse(`It must be ${spec.minimum} or more.`);
      }
      if (spec.maximum !== undefined && value > spec.maximum) {
        throw refuse(`It must be ${spec.maximum} or less.`);
      }
      return value;
    }
    case 'duration': {
      const value = parseDurationMs(text);
      if (value === undefined) throw refuse('Write a duration such as 30s, 5m or 250ms.');
      return value;
    }
    case 'rfc3339':
      if (!RFC3339.test(text) || Number.isNaN(Date.parse(text))) {
        throw refuse('Write a time such as 2026-03-01T10:00:00Z.');
      }
      return text;
    default:
      return text;
  }
}
