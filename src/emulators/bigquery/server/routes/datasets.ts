import { notImplemented } from '../../../googlesql/errors.js';
import type { Changes } from '../../catalog/catalog.js';
import { etagOf } from '../../catalog/catalog.js';
import type { DatasetEntry, DatasetRef, JsonObject } from '../../catalog/entries.js';
import { checkProjectId, datasetName } from '../../catalog/names.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  booleanParameter,
  checkBody,
  checkMembers,
  choiceField,
  choiceParameter,
  integerField,
  labelsField,
  mergeLabels,
  objectField,
  objectListField,
  readDefaults,
  requiredText,
  textField,
} from '../http/body.js';
import { labelFilter } from '../http/label-filter.js';
import { listPage } from '../http/paging.js';
import { jsonBody, type RouteRequest } from '../http/router.js';
import { checkIfMatch, digestEtag, present, selfLink } from '../resources/resources.js';
import { LOCATION, type ServerHandler, type ServerRoute } from '../server-context.js';

const SHAPE: BodyShape = {
  name: 'Dataset',
  supported: [
    'datasetReference',
    'friendlyName',
    'description',
    'labels',
    'access',
    'location',
    'defaultTableExpirationMs',
    'defaultPartitionExpirationMs',
    'defaultCollation',
    'defaultRoundingMode',
    'isCaseInsensitive',
    'maxTimeTravelHours',
    'storageBillingModel',
    'resourceTags',
  ],
  outputOnly: [
    // The Node client's `dataset.create()` sends it.
    'projectId',
    'kind',
    'etag',
    'id',
    'selfLink',
    'creationTime',
    'lastModifiedTime',
    'type',
    'satisfiesPzs',
    'satisfiesPzi',
    'tags',
  ],
  unsupported: [
    'defaultEncryptionConfiguration',
    'linkedDatasetSource',
    'linkedDatasetMetadata',
    'externalDatasetReference',
    'externalCatalogDatasetOptions',
    'restrictions',
    'catalogSource',
  ],
};

export function datasetRef(request: RouteRequest): DatasetRef {
  return { projectId: request.params['project']!, datasetId: request.params['dataset']! };
}

const MIN_TABLE_EXPIRATION_MS = 3_600_000;

/** Properties a body sets; a key given as null is there with the value `undefined`, which clears it. */
function readChanges(body: JsonObject, current?: DatasetEntry): Changes<DatasetEntry> {
  const changes: Changes<DatasetEntry> = {};
  const given = (key: string) => key in body;
  for (const key of ['friendlyName', 'description'] as const) {
    if (given(key)) changes[key] = textField(body, key);
  }
  Object.assign(changes, readDefaults(body));
  if (given('maxTimeTravelHours')) changes.maxTimeTravelHours = readTimeTravel(body);
  if (given('storageBillingModel')) {
    changes.storageBillingModel = choiceField(body, 'storageBillingModel', [
      'LOGICAL',
      'PHYSICAL',
      'STORAGE_BILLING_MODEL_UNSPECIFIED',
    ]);
  }
  for (const key of ['defaultTableExpirationMs', 'defaultPartitionExpirationMs'] as const) {
    if (given(key)) changes[key] = integerField(body, key) || undefined;
  }
  const tableExpiration = changes.defaultTableExpirationMs;
  if (tableExpiration !== undefined && tableExpiration < MIN_TABLE_EXPIRATION_MS) {
    throw new BigQueryError(
      'invalid',
      `Invalid value for defaultTableExpirationMs: ${tableExpiration}; the minimum is ${MIN_TABLE_EXPIRATION_MS} milliseconds (one hour)`,
    );
  }
  if (booleanField(body, 'isCaseInsensitive') === true) {
    throw notImplemented('A dataset that is case-insensitive', 'isCaseInsensitive');
  }
  if (given('isCaseInsensitive')) changes.isCaseInsensitive = booleanField(body, 'isCaseInsensitive');
  if (given('access')) changes.access = objectListField(body, 'access');
  if (given('labels')) changes.labels = mergeLabels(current?.labels, labelsField(body) ?? {});
  if (given('resourceTags')) {
    const tags = objectField(body, 'resourceTags');
    changes.resourceTags = tags === undefined ? undefined : (tags as Record<string, string>);
  }
  if (body['labels'] === null) changes.labels = undefined;
  return changes;
}

function readTimeTravel(body: JsonObject): string | undefined {
  const hours = integerField(body, 'maxTimeTravelHours');
  if (hours !== undefined && (hours < 48 || hours > 168 || hours % 24 !== 0)) {
    throw new BigQueryError(
      'invalid',
      `Invalid value for maxTimeTravelHours: ${hours}; it must be a multiple of 24 from 48 to 168`,
    );
  }
  return hours?.toString();
}

/** Refuses a body whose reference names something other than the path does. */
function checkReference(body: JsonObject, ref: Partial<DatasetRef>): void {
  const reference = objectField(body, 'datasetReference');
  checkMembers(reference, 'datasetReference', ['projectId', 'datasetId']);
  for (const key of ['projectId', 'datasetId'] as const) {
    const given = reference === undefined ? undefined : textField(reference, key);
    if (given && ref[key] !== undefined && given !== ref[key]) {
      throw new BigQueryError(
        'invalid',
        `datasetReference.${key} ${given} is not the ${ref[key]} of the path`,
      );
    }
  }
}

function normalLocation(name: string): string {
  return name.includes('-') ? name.toLowerCase() : name.toUpperCase();
}

function updateHandler(replace: boolean): ServerHandler {
  return async ({ catalog }, request) => {
    const current = catalog.requireDataset(datasetRef(request));
    checkIfMatch(request, etagOf(current));
    const body = jsonBody(request);
    checkBody(body, SHAPE);
    checkReference(body, current.ref);
    checkUpdateMode(request);
    const location = textField(body, 'location');
    if (location && normalLocation(location) !== current.location) {
      throw new BigQueryError('invalid', `Cannot change the location of dataset ${datasetName(current.ref)}`);
    }
    const changes = replace ? { ...CLEARED, ...readChanges(body) } : readChanges(body, current);
    const entry = catalog.updateDataset(current.ref, changes);
    await catalog.flush();
    return { body: renderDataset(entry, request) };
  };
}

/** Metadata and access can be updated apart, which would have to leave half of the body out. */
function checkUpdateMode(request: RouteRequest): void {
  const mode = choiceParameter(request.query, 'updateMode', [
    'UPDATE_MODE_UNSPECIFIED',
    'UPDATE_METADATA',
    'UPDATE_ACL',
    'UPDATE_FULL',
  ]);
  if (mode === 'UPDATE_METADATA' || mode === 'UPDATE_ACL') throw notImplemented(`updateMode=${mode}`);
}

const CLEARED: Changes<DatasetEntry> = {
  friendlyName: undefined,
  description: undefined,
  labels: undefined,
  defaultTableExpirationMs: undefined,
  defaultPartitionExpirationMs: undefined,
};

/** Linked, external and other kinds of datasets do not exist here. */
const DATASET_TYPE = 'DEFAULT';

function defaultAccess(): JsonObject[] {
  return [
    { role: 'WRITER', specialGroup: 'projectWriters' },
    { role: 'OWNER', specialGroup: 'projectOwners' },
    { role: 'READER', specialGroup: 'projectReaders' },
  ];
}

function renderDataset(entry: DatasetEntry, request: Pick<RouteRequest, 'origin'>): object {
  const { ref } = entry;
  return present({
    kind: 'bigquery#dataset',
    etag: etagOf(entry),
    id: datasetName(ref),
    selfLink: selfLink(request, `/projects/${ref.projectId}/datasets/${ref.datasetId}`),
    datasetReference: { datasetId: ref.datasetId, projectId: ref.projectId },
    friendlyName: entry.friendlyName,
    description: entry.description,
    labels: entry.labels,
    access: entry.access ?? defaultAccess(),
    creationTime: String(entry.creationTime),
    lastModifiedTime: String(entry.lastModifiedTime),
    location: entry.location,
    type: DATASET_TYPE,
    defaultTableExpirationMs: entry.defaultTableExpirationMs?.toString(),
    defaultPartitionExpirationMs: entry.defaultPartitionExpirationMs?.toString(),
    defaultCollation: entry.defaultCollation,
    defaultRoundingMode: entry.defaultRoundingMode,
    isCaseInsensitive: entry.isCaseInsensitive,
    maxTimeTravelHours: entry.maxTimeTravelHours ?? '168',
    storageBillingModel: entry.storageBillingModel,
    resourceTags: entry.resourceTags,
  });
}

/** `datasetView` of datasets.get: without the access list, or with hardly anything else. */
function selectView(dataset: Partial<Record<string, unknown>>, request: RouteRequest): object {
  const view = choiceParameter(request.query, 'datasetView', [
    'DATASET_VIEW_UNSPECIFIED',
    'METADATA',
    'ACL',
    'FULL',
  ]);
  if (view === 'METADATA') return present({ ...dataset, access: undefined });
  if (view !== 'ACL') return dataset;
  const { kind, etag, id, selfLink: link, datasetReference, access, location } = dataset;
  return { kind, etag, id, selfLink: link, datasetReference, access, location };
}

export const datasetRoutes: readonly ServerRoute[] = [
  [
    'GET',
    '/projects/{project}/datasets',
    ({ catalog }, request) => {
      const matches = labelFilter(request.query.get('filter'));
      const all = catalog
        .listDatasets(request.params['project']!, booleanParameter(request.query, 'all'))
        .filter((entry) => matches(entry.labels));
      const page = listPage(all, request.query, ({ ref }) => ref.datasetId);
      return {
        body: present({
          kind: 'bigquery#datasetList',
          etag: digestEtag(all.map(etagOf).join()),
          nextPageToken: page.nextPageToken,
          datasets: page.items.map((entry) =>
            present({
              kind: 'bigquery#dataset',
              id: datasetName(entry.ref),
              datasetReference: { datasetId: entry.ref.datasetId, projectId: entry.ref.projectId },
              labels: entry.labels,
              friendlyName: entry.friendlyName,
              location: entry.location,
              type: DATASET_TYPE,
            }),
          ),
        }),
      };
    },
  ],
  [
    'POST',
    '/projects/{project}/datasets',
    async ({ tables, catalog }, request) => {
      const body = jsonBody(request);
      checkBody(body, SHAPE);
      const reference = objectField(body, 'datasetReference') ?? {};
      const projectId = request.params['project']!;
      checkProjectId(projectId);
      checkReference(body, { projectId });
      const entry = await tables.createDataset({
        ...readChanges(body),
        ref: { projectId, datasetId: requiredText(reference, 'datasetId') },
        location: normalLocation(textField(body, 'location') || LOCATION),
      });
      await catalog.flush();
      return { body: renderDataset(entry, request) };
    },
  ],
  [
    'GET',
    '/projects/{project}/datasets/{dataset}',
    ({ catalog }, request) => {
      const entry = catalog.requireDataset(datasetRef(request));
      return { body: selectView(renderDataset(entry, request), request) };
    },
  ],
  ['PATCH', '/projects/{project}/datasets/{dataset}', updateHandler(false)],
  ['PUT', '/projects/{project}/datasets/{dataset}', updateHandler(true)],
  [
    'DELETE',
    '/projects/{project}/datasets/{dataset}',
    async ({ catalog, tables }, request) => {
      const current = catalog.requireDataset(datasetRef(request));
      checkIfMatch(request, etagOf(current));
      await tables.dropDataset(current.ref, booleanParameter(request.query, 'deleteContents'));
      await catalog.flush();
      return {};
    },
  ],
  [
    'POST',
    '/projects/{project}/datasets/{dataset}:undelete',
    () => {
      throw notImplemented('Undeleting a dataset');
    },
  ],
];
