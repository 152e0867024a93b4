import { notImplemented } from '../../../googlesql/errors.js';
import type { JsonObject, RowAccessPolicy, TableEntry, TableRef } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { filteredRows } from '../../statements/catalog-names.js';
import {
  duplicatePolicy,
  findPolicy,
  policyNotFound,
  withoutPolicies,
  withPolicy,
} from '../../statements/ddl/row-access-policies.js';
import { type BodyShape, checkBody, objectField, requiredText, textListField } from '../http/body.js';
import { listPage } from '../http/paging.js';
import { jsonBody, type RouteRequest } from '../http/router.js';
import { digestEtag, present } from '../resources/resources.js';
import { tableRef } from '../resources/table-resource.js';
import type { ServerContext, ServerRoute } from '../server-context.js';

const POLICIES = '/projects/{project}/datasets/{dataset}/tables/{table}/rowAccessPolicies';
const POLICY = `${POLICIES}/{policy}`;

const SHAPE: BodyShape = {
  name: 'RowAccessPolicy',
  supported: ['rowAccessPolicyReference', 'filterPredicate', 'grantees'],
  outputOnly: ['etag', 'creationTime', 'lastModifiedTime'],
};

async function readPolicy(
  context: ServerContext,
  table: TableRef,
  policyId: string,
  body: JsonObject,
): Promise<RowAccessPolicy> {
  const filterPredicate = requiredText(body, 'filterPredicate');
  await context.engine.execute({
    sql: filteredRows(table, [filterPredicate]),
    project: table.projectId,
    jobId: 'row-access-policy',
    dryRun: true,
  });
  const now = Date.now();
  return {
    policyId,
    filterPredicate,
    grantees: textListField(body, 'grantees') ?? [],
    creationTime: now,
    lastModifiedTime: now,
  };
}

function render({ ref }: TableEntry, policy: RowAccessPolicy): object {
  const { policyId, filterPredicate, creationTime, lastModifiedTime } = policy;
  return {
    etag: digestEtag(JSON.stringify(policy)),
    rowAccessPolicyReference: { ...ref, policyId },
    filterPredicate,
    creationTime: new Date(creationTime).toISOString(),
    lastModifiedTime: new Date(lastModifiedTime).toISOString(),
  };
}

function tableOf({ catalog }: ServerContext, request: RouteRequest): TableEntry {
  const table = catalog.requireTable(tableRef(request));
  if (table.type !== 'TABLE') {
    throw new BigQueryError('invalid', `Row access policies are for tables, and not for a ${table.type}`);
  }
  return table;
}

function policyOf(table: TableEntry, request: RouteRequest): RowAccessPolicy {
  const policyId = request.params['policy']!;
  const policy = findPolicy(table, policyId);
  if (policy === undefined) throw policyNotFound(table, policyId);
  return policy;
}

async function store(context: ServerContext, table: TableEntry, policy: RowAccessPolicy): Promise<object> {
  const entry = await context.tables.updateTable(table.ref, (current) => withPolicy(current, policy));
  await context.catalog.flush();
  return { body: render(entry, policy) };
}

export const rowAccessPolicyRoutes: readonly ServerRoute[] = [
  [
    'GET',
    POLICIES,
    (context, request) => {
      const table = tableOf(context, request);
      const page = listPage(table.rowAccessPolicies ?? [], request.query, ({ policyId }) => policyId);
      const rowAccessPolicies = page.items.map((policy) => render(table, policy));
      return { body: present({ rowAccessPolicies, nextPageToken: page.nextPageToken }) };
    },
  ],
  [
    'POST',
    POLICIES,
    async (context, request) => {
      const table = tableOf(context, request);
      const body = jsonBody(request);
      checkBody(body, SHAPE);
      const policyId = requiredText(objectField(body, 'rowAccessPolicyReference') ?? {}, 'policyId');
      if (findPolicy(table, policyId) !== undefined) throw duplicatePolicy(table, policyId);
      return store(context, table, await readPolicy(context, table.ref, policyId, body));
    },
  ],
  [
    'GET',
    POLICY,
    (context, request) => {
      const table = tableOf(context, request);
      return { body: render(table, policyOf(table, request)) };
    },
  ],
  [
    'PUT',
    POLICY,
    async (context, request) => {
      const table = tableOf(context, request);
      const { policyId, creationTime, grantees } = policyOf(table, request);
      const body = jsonBody(request);
      checkBody(body, SHAPE);
      const policy = await readPolicy(context, table.ref, policyId, body);
      const kept = body['grantees'] === undefined ? { grantees } : {};
      return store(context, table, { ...policy, ...kept, creationTime });
    },
  ],
  [
    'DELETE',
    POLICY,
    async (context, request) => {
      const table = tableOf(context, request);
      const { policyId } = policyOf(table, request);
      await context.tables.updateTable(table.ref, (current) => withoutPolicies(current, policyId));
      await context.catalog.flush();
      return {};
    },
  ],
  [
    'POST',
    `${POLICIES}:batchDelete`,
    () => {
      throw notImplemented('rowAccessPolicies.batchDelete');
    },
  ],
  ...['getIamPolicy', 'testIamPermissions'].map(
    (verb): ServerRoute => [
      'POST',
      `${POLICY}:${verb}`,
      () => {
        throw notImplemented(`rowAccessPolicies.${verb}`);
      },
    ],
  ),
];
