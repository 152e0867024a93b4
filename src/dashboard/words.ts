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

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `01-Mar-2026`, which no country reads as another day. */
export function dateText(rfc3339: string): string {
  const [year, month, day] = rfc3339.slice(0, 10).split('-');
  return `${day}-${MONTHS[Number(month) - 1]}-${year}`;
}

/** `01-Mar-2026 10:41:08`, in UTC. */
export function timeText(rfc3339: string): string {
  return `${dateText(rfc3339)} ${rfc3339.slice(11, 19)}`;
}

/** `3 s`, `22 min`, `5 h`, `2 d`: the same words as the client's script. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export function signedText(value: number): string {
  return value > 0 ? `+${value}` : value < 0 ? `−${-value}` : '0';
}
