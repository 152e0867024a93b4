import { describe, expect, it } from 'vitest';
import { parseDurationMs, parseOptionValue } from '../../../src/cli/values.js';

describe('parseDurationMs', () => {
  it.each([
    ['30', 30_000],
    ['30s', 30_000],
    ['250ms', 250],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['soon', undefined],
    ['-5s', undefined],
    ['', undefined],
  ])('%s → %s', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });
});

describe('parseOptionValue', () => {
  const option = (type: never) => ({ flags: '--x <x>', description: 'x', type });
  it.each([
    ['integer', '7', 7],
    ['number', '0.5', 0.5],
    ['duration', '2s', 2000],
    ['rfc3339', '2026-03-01T10:00:00+02:00', '2026-03-01T10:00:00+02:00'],
  ])('%s %s', (type, text, expected) => {
    expect(parseOptionValue(option(type as never), text)).toBe(expected);
  });
  it.each([
    ['integer', '1.5'],
    ['integer', ''],
    ['number', 'NaN'],
    ['rfc3339', '2026-03-01'],
    ['rfc3339', '2026-13-01T10:00:00Z'],
  ])('%s refuses "%s"', (type, text) => {
    expect(() => parseOptionValue(option(type as never), text)).toThrow(/is not valid/);
  });
});
