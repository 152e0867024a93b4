import { createRandom, type Random } from '../../core/random.js';
import { CONDITIONS } from './conditions.js';

export interface AdmissionsOptions {
  rows: number;
  seed: number;
}

const ADMISSIONS_HEADER =
  'Patient_ID,Age,Gender,Condition,Procedure,Cost,Length_of_Stay,Readmission,Outcome,Satisfaction';

/**
 * An admissions file, line by line with the header first, the same for the same seed. The outcome depends on
 * condition, age and length of stay, and on luck: a model has something to learn and cannot be perfect.
 */
export function* generateAdmissions({ rows, seed }: AdmissionsOptions): Generator<string> {
  yield `${ADMISSIONS_HEADER}\n`;
  for (let row = 1; row <= rows; row++) yield `${admission(row, createRandom(seed, 'admission', row))}\n`;
}

function admission(row: number, random: Random): string {
  const condition = random.pick(CONDITIONS);
  const age = clamp(Math.round(condition.meanAge + 9 * random.normal()), 16, 99);
  const gender = random.uniform() < condition.female ? 'Female' : 'Male';
  // Stays are skewed to the right: most are short, a few are very long.
  const long = random.uniform();
  const stay = condition.meanStayDays * (0.6 + 0.9 * long * long * long) + 0.5 * random.normal();
  const days = clamp(Math.round(stay + (age > 70 ? 1.5 : 0)), 1, 90);
  const cost = Math.max(
    100,
    Math.round((condition.meanCost * (1 + 0.12 * random.normal())) / 10) * 10 + 90 * days,
  );

  const excessDays = (days - condition.meanStayDays) / condition.meanStayDays;
  const leaning = 1.6 * condition.recovery - 0.05 * (age - 52) - 1.2 * excessDays;
  const recovered = random.uniform() < likelihood(leaning);
  const readmitted = random.uniform() < likelihood((recovered ? -2.2 : -0.6) + 0.02 * (age - 52));
  const content = 3.6 + (recovered ? 0.7 : -0.5) - (readmitted ? 0.6 : 0) + 0.7 * random.normal();
  return [
    row,
    age,
    gender,
    condition.name,
    condition.procedure,
    cost,
    days,
    readmitted ? 'Yes' : 'No',
    recovered ? 'Recovered' : 'Stable',
    clamp(Math.round(content), 1, 5),
  ].join(',');
}

/** A sigmoid of exactly rounded operations only; `Math.exp` may differ between engines. */
function likelihood(leaning: number): number {
  return 0.5 + leaning / (1 + Math.abs(leaning)) / 2;
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.min(maximum, Math.max(minimum, value));
}
