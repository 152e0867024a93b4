import type { Config } from '../../config/config.js';
import { bigtablePort } from '../../gcp/bigtable/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { readPatientRecords } from '../../gcp/spanner/patients.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../schema/table-schema.js';
import type { Risk } from '../stream/news2.js';
import { SEVERITY } from '../stream/news2.js';
import { readNow, withChange } from './read-ward.js';
import {
  type Admission,
  admissionOf,
  bySickness,
  countsByRisk,
  feedTimeMs,
  type WardPatient,
  wardOf,
} from './ward.js';

export interface WardInput {
  limit: number;
  /** Only patients with this risk or a higher one. */
  risk?: Risk | undefined;
  condition?: string | undefined;
  staleAfterMs: number;
  clock: 'feed' | 'wall';
}

export interface WardTools {
  clients: GoogleClients;
  config: Config;
  nowMs: number;
  onWarning(text: string): void;
}

export interface WardResult {
  patients: WardPatient[];
  /** Of the whole ward, before the filters. */
  total: number;
  byRisk: ReturnType<typeof countsByRisk>;
  /** The newest event time of the feed. */
  asOf: string | null;
}

/** The ward from Bigtable, with ages and conditions from Spanner where that answers. */
export async function readWard(input: WardInput, tools: WardTools): Promise<WardResult> {
  const { clients, config } = tools;
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  const [now, vitals] = await Promise.all([
    bigtablePort(clients, config, tables.now),
    bigtablePort(clients, config, tables.vitals),
  ]);
  const [patients, admissions] = await Promise.all([readNow(now), readAdmissions(tools)]);
  const feedMs = feedTimeMs(patients);
  const nowMs = input.clock === 'wall' ? tools.nowMs : (feedMs ?? tools.nowMs);
  const ward = wardOf(patients, admissions, { nowMs, staleAfterMs: input.staleAfterMs });
  const lowest = input.risk === undefined ? undefined : SEVERITY[input.risk];
  const wanted = ward
    .filter(({ risk }) => lowest === undefined || (risk !== null && SEVERITY[risk] >= lowest))
    .filter(({ Condition }) => input.condition === undefined || Condition === input.condition)
    .sort(bySickness)
    .slice(0, input.limit);
  return {
    patients: (await withChange(vitals, wanted)).sort(bySickness),
    total: ward.length,
    byRisk: countsByRisk(ward),
    asOf: feedMs === undefined ? null : new Date(feedMs).toISOString(),
  };
}

async function readAdmissions({ clients, config, onWarning }: WardTools): Promise<Admission[]> {
  try {
    return (await readPatientRecords(clients, config)).map(admissionOf);
  } catch (error) {
    onWarning(`ages and conditions are missing: ${(error as Error).message}`);
    return [];
  }
}
