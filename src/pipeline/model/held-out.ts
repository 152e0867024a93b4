import type { Config } from '../../config/config.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { patientInfoSchema } from '../../schema/table-schema.js';
import { statement } from '../analytics/templates.js';
import type { ScoredRow } from './quality.js';

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

/** Every reading of the held-out patients with its probability. Refuses models of other than two outcomes. */
export async function readHeldOut(port: BigQueryPort, config: Config, signal: AbortSignal): Promise<HeldOut> {
  const present = patientInfoSchema().fields.map(({ name }) => name);
  const slices = SLICES.filter((name) => present.includes(name));
  const outcome = await port.query(statement('scored-held-out', config, { slices: slices.join(', ') }), {
    signal,
    doing: 'score the held-out patients',
  });
  const rows: SlicedRow[] = [];
  let event: string | undefined;
  for (const row of await outcome.rows()) {
    const probabilities = row.predicted_Outcome_probs as unknown as { label: string; prob: number }[];
    event ??= eventOf(probabilities.map(({ label }) => label));
    rows.push({
      patientId: String(row.Patient_ID),
      event: row.Outcome === event,
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
    throw usageError({
      code: 'unsupported',
      message: `The model tells ${labels.length} outcomes apart; curves and slices are made for two.`,
      suggestion:
        'Leave out --store and --plot: the metrics of BigQuery ML are there for any number of outcomes.',
    });
  }
  return labels.toSorted().at(-1)!;
}

function ageBand(age: number): string {
  return AGE_BANDS.find(([below]) => age < below)?.[1] ?? 'not known';
}
