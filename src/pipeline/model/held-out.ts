import { usageError } from '../../errors/healthmon-error.js';
import { statement } from '../analytics/templates.js';
import { MODEL_TYPES } from './model-types.js';
import type { ScoredRow } from './quality.js';
import { fieldNamed, type Question, questionValues, quoted } from './question.js';
import type { ModelTools } from './tools.js';

export interface SlicedRow extends ScoredRow {
  /** Value of each column that patients are divided by. */
  slices: Readonly<Record<string, string>>;
}

export interface HeldOut {
  /** The outcome that `event` and `probability` are of. */
  event: string;
  rows: SlicedRow[];
}

/** Patients are divided by sex, age and condition. */
const SLICES = ['Gender', 'Age', 'Condition'] as const;
const AGE_BANDS = [
  [40, '0–39'],
  [65, '40–64'],
  [80, '65–79'],
  [Number.POSITIVE_INFINITY, '80+'],
] as const;

/** The columns of the model's rows that patients are divided by. */
export function slicesOf({ source }: Question): string[] {
  return SLICES.filter((name) => fieldNamed(source.columns, name) !== undefined);
}

/** The statement that scores every held-out row. */
export function heldOutStatement(tools: Pick<ModelTools, 'config'>, question: Question): string {
  return statement('scored-held-out', tools.config, {
    ...questionValues(tools, question),
    slices: slicesOf(question)
      .map((name) => `${quoted(name)},`)
      .join(' '),
  });
}

/** Every row of the held-out patients with its probability. Refuses models of other than two outcomes. */
export async function readHeldOut(tools: ModelTools, question: Question): Promise<HeldOut> {
  if (!MODEL_TYPES[question.type].classifies) throw notOfTwoOutcomes('a number, not one of two outcomes');
  const slices = slicesOf(question);
  const outcome = await tools.port.query(heldOutStatement(tools, question), {
    signal: tools.signal,
    doing: 'score the held-out patients',
  });
  const rows: SlicedRow[] = [];
  let event: string | undefined;
  for (const row of await outcome.rows()) {
    const probabilities = row.probabilities as unknown as { label: string; prob: number }[];
    event ??= eventOf(probabilities.map(({ label }) => label));
    rows.push({
      patientId: String(row.patient),
      event: row.outcome === event,
      probability: Number(probabilities.find(({ label }) => label === event)!.prob),
      slices: Object.fromEntries(
        slices.map((name) => [
          name,
          name === 'Age' ? ageBand(Number(row.Age)) : String(row[name] ?? 'not known'),
        ]),
      ),
    });
  }
  return { event: event ?? '', rows };
}

/** Of two outcomes the one that comes last in the alphabet. */
function eventOf(labels: readonly string[]): string {
  if (labels.length !== 2) {
    throw notOfTwoOutcomes(`one of ${labels.length} outcomes, not of two`);
  }
  return labels.toSorted().at(-1)!;
}

function notOfTwoOutcomes(what: string): Error {
  return usageError({
    code: 'unsupported',
    message: `The model predicts ${what}, for which curves, slices and intervals are made.`,
    suggestion: 'Use "healthmon evaluate" without --store and --plot: it has the metrics of BigQuery ML.',
  });
}

function ageBand(age: number): string {
  return AGE_BANDS.find(([below]) => age < below)?.[1] ?? 'not known';
}
