import type { Config } from '../../config/config.js';
import { bigtablePort } from '../../gcp/bigtable/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { readPatientRecords } from '../../gcp/spanner/patients.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../schema/read-table-schema.js';
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

/** A ward that can be read again and again. */
export interface OpenWard {
  /** @returns the ward, and all patients that pass the filters, the sickest first, whatever the limit is. */
  read(input: WardInput, nowMs: number): Promise<WardResult & { chosen: WardPatient[] }>;
}

/** The ward from Bigtable, with ages and conditions from Spanner where that answers; those are read once. */
export async function openWard(tools: WardTools): Promise<OpenWard> {
  const { clients, config } = tools;
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  const [now, vitals, admissions] = await Promise.all([
    bigtablePort(clients, config, tables.now),
    bigtablePort(clients, config, tables.vitals),
    readAdmissions(tools),
  ]);
  return {
    async read(input, wallMs) {
      const patients = await readNow(now);
      const feedMs = feedTimeMs(patients);
      const nowMs = input.clock === 'wall' ? wallMs : (feedMs ?? wallMs);
      const ward = wardOf(patients, admissions, { nowMs, staleAfterMs: input.staleAfterMs });
      const chosen = ward.filter((patient) => passes(patient, input)).sort(bySickness);
      return {
        patients: (await withChange(vitals, chosen.slice(0, input.limit))).sort(bySickness),
        total: ward.length,
        byRisk: countsByRisk(ward),
        asOf: feedMs === undefined ? null : new Date(feedMs).toISOString(),
        chosen,
      };
    },
  };
}

export async function readWard(input: WardInput, tools: WardTools): Promise<WardResult> {
  const { chosen: _chosen, ...result } = await (await openWard(tools)).read(input, tools.nowMs);
  return result;
}

function passes({ risk, Condition }: WardPatient, { risk: lowest, condition }: WardInput): boolean {
  if (lowest !== undefined && (risk === null || SEVERITY[risk] < SEVERITY[lowest])) return false;
  return condition === undefined || Condition === condition;
}

async function readAdmissions({ clients, config, onWarning }: WardTools): Promise<Admission[]> {
  try {
    return (await readPatientRecords(clients, config)).map(admissionOf);
  } catch (error) {
    onWarning(`ages and conditions are missing: ${(error as Error).message}`);
    return [];
  }
}
