import { ageText } from '../core/number-text.js';
import type { Parameter, Risk } from '../pipeline/stream/news2.js';

/** What risks are called. */
export const RISK_WORDS: Readonly<Record<Risk, string>> = {
  emergency: 'emergency',
  urgent: 'urgent',
  'single-parameter': 'single parameter',
  undetermined: 'undetermined',
};

export const PARAMETER_WORDS: Readonly<Record<Parameter, string>> = {
  respiratoryRate: 'respirations',
  oxygenSaturation: 'oxygen saturation',
  supplementalOxygen: 'air or oxygen',
  systolic: 'blood pressure',
  heartRate: 'pulse',
  consciousness: 'consciousness',
  temperature: 'temperature',
};

/** `01-Mar-2026`, which no country reads as another day. */
export function dateText(rfc3339: string): string {
  const [year, month, day] = rfc3339.slice(0, 10).split('-');
  const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
  return `${day}-${months.slice(3 * Number(month) - 3, 3 * Number(month))}-${year}`;
}

/** `01-Mar-2026 10:41:08`, in UTC. */
export function timeText(rfc3339: string): string {
  return `${dateText(rfc3339)} ${rfc3339.slice(11, 19)}`;
}

/** A module with the words that the script of the browser needs as well, so that a live page says what a loaded one says. */
export function wordsScript(): string {
  return [ageText, dateText, timeText].map((words) => `export ${words}\n`).join('');
}
