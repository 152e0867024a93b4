import type { Config } from '../../config/config.js';
import { modelsPort } from '../../gcp/bigquery/models.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import type { BigtablePort } from '../../gcp/bigtable/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { MAX_READINGS } from '../../pipeline/patient/history.js';
import { predictPatient } from '../../pipeline/patient/prediction.js';
import {
  type PatientResult,
  readPatient,
  readRecord,
  readStored,
} from '../../pipeline/patient/read-patient.js';
import type { SpannerUser } from '../dashboard.js';
import { Kept } from '../kept.js';

export interface PatientFeedTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
  now: Pick<BigtablePort, 'readRows'>;
  vitals: Pick<BigtablePort, 'readRows'>;
  withSpanner: SpannerUser;
  bigQuery: BigQueryPort;
  nowMs(): number;
  /** How long an admission and a prediction serve: only the vitals change from second to second. */
  maxAgeMs: number;
}

/** Single patients, each read for everybody who looks at it. */
export class PatientFeed {
  readonly #tools: PatientFeedTools;
  readonly #records: Kept<Awaited<ReturnType<typeof readRecord>>>;
  readonly #predictions: Kept<Awaited<ReturnType<typeof predictPatient>>>;

  constructor(tools: PatientFeedTools) {
    this.#tools = tools;
    this.#records = new Kept(tools.maxAgeMs, tools.nowMs);
    this.#predictions = new Kept(tools.maxAgeMs, tools.nowMs);
  }

  read(patientId: string, sinceMs: number): Promise<PatientResult> {
    const { clients, config, signal, nowMs, withSpanner, bigQuery } = this.#tools;
    return readPatient(
      { patientId, sinceMs, readings: MAX_READINGS },
      { clients, config, signal, nowMs: nowMs() },
      {
        record: () => this.#records.get(patientId, () => withSpanner((data) => readRecord(patientId, data))),
        stored: () => readStored({ patientId, sinceMs }, this.#tools),
        prediction: () =>
          this.#predictions.get(patientId, () =>
            predictPatient(
              { port: bigQuery, models: modelsPort(clients, config), config, signal },
              patientId,
            ),
          ),
      },
    );
  }
}
