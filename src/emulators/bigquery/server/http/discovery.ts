import type { RouteRequest } from './router.js';

/** One method of the API: HTTP method, path, query parameters, request and response message. */
type Method = readonly [
  http: string,
  path: string,
  parameters: readonly string[],
  request?: string,
  response?: string,
];

const DATASETS = 'projects/{+projectId}/datasets';
const DATASET = `${DATASETS}/{+datasetId}`;
const TABLE = `${DATASET}/tables/{+tableId}`;
const MODEL = `${DATASET}/models/{+modelId}`;
const ROUTINE = `${DATASET}/routines/{+routineId}`;
const POLICY = `${TABLE}/rowAccessPolicies/{+policyId}`;
const JOB = 'projects/{+projectId}/jobs/{+jobId}';
const PAGE = ['maxResults:integer', 'pageToken:string'];

/** Every method that is served, by resource. */
export const RESOURCES: Record<string, Record<string, Method>> = {
  projects: {
    list: ['GET', 'projects', PAGE, undefined, 'ProjectList'],
    getServiceAccount: [
      'GET',
      'projects/{+projectId}/serviceAccount',
      [],
      undefined,
      'GetServiceAccountResponse',
    ],
  },
  datasets: {
    list: ['GET', DATASETS, [...PAGE, 'all:boolean', 'filter:string'], undefined, 'DatasetList'],
    get: ['GET', DATASET, ['accessPolicyVersion:integer', 'datasetView:string'], undefined, 'Dataset'],
    insert: ['POST', DATASETS, ['accessPolicyVersion:integer'], 'Dataset', 'Dataset'],
    patch: ['PATCH', DATASET, ['accessPolicyVersion:integer', 'updateMode:string'], 'Dataset', 'Dataset'],
    update: ['PUT', DATASET, ['accessPolicyVersion:integer', 'updateMode:string'], 'Dataset', 'Dataset'],
    delete: ['DELETE', DATASET, ['deleteContents:boolean']],
  },
  tables: {
    list: ['GET', `${DATASET}/tables`, PAGE, undefined, 'TableList'],
    get: ['GET', TABLE, ['selectedFields:string', 'view:string'], undefined, 'Table'],
    insert: ['POST', `${DATASET}/tables`, [], 'Table', 'Table'],
    patch: ['PATCH', TABLE, ['autodetect_schema:boolean'], 'Table', 'Table'],
    update: ['PUT', TABLE, ['autodetect_schema:boolean'], 'Table', 'Table'],
    delete: ['DELETE', TABLE, []],
  },
  tabledata: {
    list: [
      'GET',
      `${TABLE}/data`,
      [...PAGE, 'startIndex:string', 'selectedFields:string', 'formatOptions.useInt64Timestamp:boolean'],
      undefined,
      'TableDataList',
    ],
    insertAll: ['POST', `${TABLE}/insertAll`, [], 'TableDataInsertAllRequest', 'TableDataInsertAllResponse'],
  },
  jobs: {
    list: [
      'GET',
      'projects/{+projectId}/jobs',
      [
        ...PAGE,
        'allUsers:boolean',
        'minCreationTime:string',
        'maxCreationTime:string',
        'parentJobId:string',
        'projection:string',
        'stateFilter:string*',
      ],
      undefined,
      'JobList',
    ],
    get: ['GET', JOB, ['location:string'], undefined, 'Job'],
    insert: ['POST', 'projects/{+projectId}/jobs', [], 'Job', 'Job'],
    cancel: ['POST', `${JOB}/cancel`, ['location:string'], undefined, 'JobCancelResponse'],
    delete: ['DELETE', `${JOB}/delete`, ['location:string']],
    query: ['POST', 'projects/{+projectId}/queries', [], 'QueryRequest', 'QueryResponse'],
    getQueryResults: [
      'GET',
      'projects/{+projectId}/queries/{+jobId}',
      [
        ...PAGE,
        'location:string',
        'startIndex:string',
        'timeoutMs:integer',
        'formatOptions.useInt64Timestamp:boolean',
      ],
      undefined,
      'GetQueryResultsResponse',
    ],
  },
  models: {
    list: ['GET', `${DATASET}/models`, PAGE, undefined, 'ListModelsResponse'],
    get: ['GET', MODEL, [], undefined, 'Model'],
    patch: ['PATCH', MODEL, [], 'Model', 'Model'],
    delete: ['DELETE', MODEL, []],
  },
  routines: {
    list: [
      'GET',
      `${DATASET}/routines`,
      [...PAGE, 'filter:string', 'readMask:string'],
      undefined,
      'ListRoutinesResponse',
    ],
    get: ['GET', ROUTINE, ['readMask:string'], undefined, 'Routine'],
    insert: ['POST', `${DATASET}/routines`, [], 'Routine', 'Routine'],
    update: ['PUT', ROUTINE, [], 'Routine', 'Routine'],
    delete: ['DELETE', ROUTINE, []],
  },
  rowAccessPolicies: {
    list: ['GET', `${TABLE}/rowAccessPolicies`, PAGE, undefined, 'ListRowAccessPoliciesResponse'],
    get: ['GET', POLICY, [], undefined, 'RowAccessPolicy'],
    insert: ['POST', `${TABLE}/rowAccessPolicies`, [], 'RowAccessPolicy', 'RowAccessPolicy'],
    update: ['PUT', POLICY, [], 'RowAccessPolicy', 'RowAccessPolicy'],
    delete: ['DELETE', POLICY, []],
  },
};

const UPLOAD = {
  accept: ['*/*'],
  protocols: {
    simple: { multipart: true, path: '/upload/bigquery/v2/projects/{+projectId}/jobs' },
    resumable: { multipart: true, path: '/resumable/upload/bigquery/v2/projects/{+projectId}/jobs' },
  },
};

const SCOPE = 'https://www.googleapis.com/auth/bigquery';

function describeMethod(id: string, [httpMethod, path, query, request, response]: Method): object {
  const pathParameters = [...path.matchAll(/\{\+(\w+)\}/g)].map((match) => match[1]!);
  const parameters: Record<string, object> = {};
  for (const name of pathParameters) {
    parameters[name] = { type: 'string', location: 'path', required: true, pattern: '^[^/]+$' };
  }
  for (const parameter of query) {
    const [name, type] = parameter.split(':') as [string, string];
    parameters[name] = {
      type: type.replace('*', ''),
      location: 'query',
      ...(type.endsWith('*') ? { repeated: true } : {}),
      ...(type === 'integer' ? { format: 'uint32' } : {}),
    };
  }
  return {
    id,
    path,
    flatPath: path.replaceAll('+', ''),
    httpMethod,
    parameters,
    parameterOrder: pathParameters,
    scopes: [SCOPE],
    ...(request === undefined ? {} : { request: { $ref: request } }),
    ...(response === undefined ? {} : { response: { $ref: response } }),
    ...(id === 'bigquery.jobs.insert' ? { supportsMediaUpload: true, mediaUpload: UPLOAD } : {}),
  };
}

/** Message types: clients pass bodies through as they are, so their fields are left open. */
function schemas(): Record<string, object> {
  const names = new Set<string>();
  for (const methods of Object.values(RESOURCES)) {
    for (const [, , , request, response] of Object.values(methods)) {
      if (request !== undefined) names.add(request);
      if (response !== undefined) names.add(response);
    }
  }
  return Object.fromEntries(
    [...names].map((id) => [id, { id, type: 'object', additionalProperties: { type: 'any' } }]),
  );
}

/** The discovery document, from which `bq --api` learns the methods; it lists exactly what is served. */
export function discoveryDocument({ origin }: Pick<RouteRequest, 'origin'>): object {
  const resources = Object.fromEntries(
    Object.entries(RESOURCES).map(([resource, methods]) => [
      resource,
      {
        methods: Object.fromEntries(
          Object.entries(methods).map(([name, method]) => [
            name,
            describeMethod(`bigquery.${resource}.${name}`, method),
          ]),
        ),
      },
    ]),
  );
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    canonicalName: 'Bigquery',
    version: 'v2',
    revision: '1',
    title: 'BigQuery API',
    description: 'The BigQuery emulator.',
    ownerDomain: 'google.com',
    ownerName: 'Google',
    protocol: 'rest',
    rootUrl: `${origin}/`,
    servicePath: 'bigquery/v2/',
    basePath: '/bigquery/v2/',
    baseUrl: `${origin}/bigquery/v2/`,
    batchPath: 'batch/bigquery/v2',
    fullyEncodeReservedExpansion: true,
    auth: { oauth2: { scopes: { [SCOPE]: { description: 'View and manage your data' } } } },
    parameters: {
      alt: { type: 'string', location: 'query', default: 'json', enum: ['json'] },
      fields: { type: 'string', location: 'query' },
      key: { type: 'string', location: 'query' },
      oauth_token: { type: 'string', location: 'query' },
      prettyPrint: { type: 'boolean', location: 'query', default: 'true' },
      quotaUser: { type: 'string', location: 'query' },
      access_token: { type: 'string', location: 'query' },
    },
    schemas: schemas(),
    resources,
  };
}
