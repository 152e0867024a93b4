import { expect, it } from 'vitest';
import { ageText } from '../../../src/core/number-text.js';
import { dateText, timeText, wordsScript } from '../../../src/dashboard/words.js';

it('are the same in the script of the browser', async () => {
  const script = await import(`data:text/javascript,${encodeURIComponent(wordsScript())}`);
  for (const seconds of [0, 119, 120, 7_199, 7_200, 172_799, 172_800, 1e7]) {
    expect(script.ageText(seconds)).toBe(ageText(seconds));
  }
  for (let month = 1; month <= 12; month++) {
    const time = `2026-${String(month).padStart(2, '0')}-09T10:41:08.5Z`;
    expect(script.dateText(time)).toBe(dateText(time));
    expect(script.timeText(time)).toBe(timeText(time));
  }
});

it('name days as no country reads otherwise', () => {
  expect(dateText('2026-03-01T10:41:08Z')).toBe('01-Mar-2026');
  expect(timeText('2026-12-31T23:59:59.999Z')).toBe('31-Dec-2026 23:59:59');
});
