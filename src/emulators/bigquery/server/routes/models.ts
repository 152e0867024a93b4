import { type Changes, etagOf } from '../../catalog/catalog.js';
import type { JsonObject, ModelEntry, ModelRef } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { renderModelDetails } from '../../ml/rest.js';
import {
  type BodyShape,
  checkBody,
  integerField,
  labelsField,
  mergeLabels,
  objectListField,
  textField,
} from '../http/body.js';
import { listPage } from '../http/paging.js';
import { jsonBody, type RouteRequest } from '../http/router.js';
import { checkIfMatch, present } from '../resources/resources.js';
import { LOCATION, type ServerRoute } from '../server-context.js';
import { datasetRef } from './datasets.js';

/** Only these can be changed; the rest comes from training. */
const SHAPE: BodyShape = {
  name: 'Model',
  supported: ['description', 'friendlyName', 'labels', 'expirationTime', 'trainingRuns'],
  outputOnly: [
    'etag',
    'modelReference',
    'creationTime',
    'lastModifiedTime',
    'location',
    'modelType',
    'featureColumns',
    'labelColumns',
    'transformColumns',
    'hparamSearchSpaces',
    'bestTrialId',
    'defaultTrialId',
    'hparamTrials',
    'optimalTrialIds',
  ],
  unsupported: ['encryptionConfiguration', 'remoteModelInfo'],
};

function modelRef(request: RouteRequest): ModelRef {
  return { ...datasetRef(request), modelId: request.params['model']! };
}

/** What a list shows of a model. */
function renderSummary(entry: ModelEntry): object {
  const { projectId, datasetId, modelId } = entry.ref;
  return present({
    modelReference: { projectId, datasetId, modelId },
    creationTime: String(entry.creationTime),
    lastModifiedTime: String(entry.lastModifiedTime),
    modelType: entry.modelType,
    labels: entry.labels,
  });
}

function renderModel(entry: ModelEntry): object {
  return present({
    etag: etagOf(entry),
    ...renderSummary(entry),
    friendlyName: entry.friendlyName,
    description: entry.description,
    expirationTime: entry.expirationTime?.toString(),
    location: LOCATION,
    ...renderModelDetails(entry),
  });
}

function readChanges(body: JsonObject, current: ModelEntry): Changes<ModelEntry> {
  const changes: Changes<ModelEntry> = {};
  if ('description' in body) changes.description = textField(body, 'description');
  if ('friendlyName' in body) changes.friendlyName = textField(body, 'friendlyName');
  if ('labels' in body) {
    changes.labels =
      body['labels'] === null ? undefined : mergeLabels(current.labels, labelsField(body) ?? {});
  }
  if ('expirationTime' in body) changes.expirationTime = integerField(body, 'expirationTime') || undefined;
  const registered = (objectListField(body, 'trainingRuns') ?? []).flatMap(
    (run) => textField(run, 'vertexAiModelId') ?? [],
  );
  if (registered[0] !== undefined) changes.vertexAiModelId = registeredAs(registered[0], current);
  return changes;
}

/** A model is in the registry under one id; the rest of a training run says how it went, and cannot be changed. */
function registeredAs(id: string, { vertexAiModelId }: ModelEntry): string {
  if (vertexAiModelId === undefined || vertexAiModelId === id) return id;
  throw new BigQueryError('invalid', `The model is registered as ${vertexAiModelId} already.`, {
    location: 'trainingRuns',
  });
}

const MODELS = '/projects/{project}/datasets/{dataset}/models';

export const modelRoutes: readonly ServerRoute[] = [
  [
    'GET',
    MODELS,
    ({ catalog }, request) => {
      const page = listPage(catalog.listModels(datasetRef(request)), request.query, ({ ref }) => ref.modelId);
      const models = page.items.map(renderSummary);
      return { body: present({ models, nextPageToken: page.nextPageToken }) };
    },
  ],
  [
    'GET',
    `${MODELS}/{model}`,
    ({ catalog }, request) => ({ body: renderModel(catalog.requireModel(modelRef(request))) }),
  ],
  [
    'PATCH',
    `${MODELS}/{model}`,
    async ({ catalog }, request) => {
      const current = catalog.requireModel(modelRef(request));
      checkIfMatch(request, etagOf(current));
      const body = jsonBody(request);
      checkBody(body, SHAPE);
      const entry = catalog.updateModel(current.ref, readChanges(body, current));
      await catalog.flush();
      return { body: renderModel(entry) };
    },
  ],
  [
    'DELETE',
    `${MODELS}/{model}`,
    async ({ catalog }, request) => {
      catalog.deleteModel(modelRef(request));
      await catalog.flush();
      return {};
    },
  ],
];
