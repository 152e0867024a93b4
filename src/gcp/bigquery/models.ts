import type { Config } from '../../config/config.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessGone, unlessMissing } from '../google-calls.js';

export interface LiveModel {
  name: string;
  /** As REST has it: `LOGISTIC_REGRESSION`. */
  type: string;
  createdAt: string;
  labels: Readonly<Record<string, string>>;
  /** Column that it predicts; undefined of models that predict none. */
  label: string | undefined;
  features: { name: string; type: string }[];
  /** Whether hyperparameters were tuned. */
  tuned: boolean;
  /** Of the model in the registry of Vertex AI, as BigQuery says; undefined of a model that is in none. */
  vertexAiModelId: string | undefined;
}

/** The models of the configured dataset. */
export interface ModelsPort {
  /** Undefined when there is none of that name. */
  get(name: string): Promise<LiveModel | undefined>;
  names(): Promise<string[]>;
  /** A copy job, which replaces what is there at once or not at all. */
  copy(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** Sets labels; others stay. */
  setLabels(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** Adds the model to the registry of Vertex AI, as the newest version of the model of that id. */
  register(name: string, vertexAiModelId: string): Promise<void>;
  delete(name: string): Promise<void>;
}

const POLL_MS = 100;
const SLOW_POLL_MS = 2_000;

interface Resource {
  modelReference: { modelId: string };
  modelType?: string;
  creationTime: string;
  labels?: Record<string, string>;
  labelColumns?: { name: string }[];
  featureColumns?: { name: string; type?: { typeKind?: string } }[];
  hparamTrials?: unknown[];
  trainingRuns?: { vertexAiModelId?: string }[];
}

export function modelsPort(clients: GoogleClients, config: Config): ModelsPort {
  const run = callsOf(clients);
  const { dataset: datasetId } = config.bigquery;
  const dataset = async () => (await clients.bigquery()).dataset(datasetId);
  return {
    get: (name) =>
      run(`look up the model ${name}`, () =>
        unlessMissing(async () => {
          const [resource] = await (await dataset()).model(name).getMetadata();
          return liveModel(resource as Resource);
        }),
      ),
    names: () =>
      run(`list the models of ${datasetId}`, async () => {
        const [models] = await (await dataset()).getModels();
        return models.map(({ id }) => id!);
      }),
    copy: (from, to, signal) =>
      run(`copy the model ${from} to ${to}`, async () => {
        const client = await clients.bigquery();
        const reference = (tableId: string) => ({ projectId: config.project, datasetId, tableId });
        const [job] = await client.createJob({
          configuration: {
            copy: {
              sourceTable: reference(from),
              destinationTable: reference(to),
              writeDisposition: 'WRITE_TRUNCATE',
              createDisposition: 'CREATE_IF_NEEDED',
            },
          },
        } as never);
        for (let waitMs = POLL_MS; ; waitMs = Math.min(waitMs * 1.5, SLOW_POLL_MS)) {
          signal.throwIfAborted();
          const [metadata] = await job.getMetadata();
          if (metadata.status?.state === 'DONE') {
            const failure = metadata.status.errorResult;
            if (failure) throw copyFailure(from, to, failure.message ?? '');
            return;
          }
          await new Promise((resolve) => setTimeout(resolve, waitMs));
        }
      }),
    setLabels: (name, labels) =>
      run(`label the model ${name}`, async () => {
        await (await dataset()).model(name).setMetadata({ labels });
      }),
    register: (name, vertexAiModelId) =>
      run(`register the model ${name}`, async () => {
        await (await dataset()).model(name).setMetadata({ trainingRuns: [{ vertexAiModelId }] });
      }),
    delete: (name) =>
      run(`delete the model ${name}`, () => unlessGone(async () => (await dataset()).model(name).delete())),
  };
}

function liveModel(resource: Resource): LiveModel {
  return {
    name: resource.modelReference.modelId,
    type: resource.modelType ?? '',
    createdAt: new Date(Number(resource.creationTime)).toISOString(),
    labels: resource.labels ?? {},
    label: resource.labelColumns?.[0]?.name,
    features: (resource.featureColumns ?? []).map(({ name, type }) => ({
      name,
      type: type?.typeKind ?? '',
    })),
    tuned: (resource.hparamTrials ?? []).length > 0,
    vertexAiModelId: resource.trainingRuns?.[0]?.vertexAiModelId,
  };
}

function copyFailure(from: string, to: string, detail: string): HealthmonError {
  return new HealthmonError({
    code: 'copy-job-failed',
    message: `The copy job from ${from} to ${to} failed; ${to} is what it was.`,
    detail,
    suggestion: 'Correct the cause, then run the command again.',
  });
}
