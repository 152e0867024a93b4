import { checkJavaScriptType } from '../../../googlesql/compile/expression/javascript-call.js';
import { notImplemented } from '../../../googlesql/errors.js';
import { parseScript } from '../../../googlesql/syntax/parser.js';
import { applyFieldMask, parseFieldMask } from '../../../serving/partial-response.js';
import type { NewEntry } from '../../catalog/catalog.js';
import { etagOf } from '../../catalog/catalog.js';
import type { JsonObject, RoutineEntry, RoutineRef } from '../../catalog/entries.js';
import { checkRoutineOrModelId } from '../../catalog/names.js';
import { fromStandardType } from '../../catalog/standard-types.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  choiceField,
  invalidParameter,
  objectField,
  objectListField,
  requiredText,
  textField,
  textListField,
} from '../http/body.js';
import { listPage } from '../http/paging.js';
import { jsonBody, type RouteRequest } from '../http/router.js';
import { checkIfMatch, present } from '../resources/resources.js';
import type { ServerRoute } from '../server-context.js';
import { datasetRef } from './datasets.js';

const SHAPE: BodyShape = {
  name: 'Routine',
  supported: [
    'routineReference',
    'routineType',
    'language',
    'arguments',
    'returnType',
    'returnTableType',
    'definitionBody',
    'description',
    'determinismLevel',
    'strictMode',
    'dataGovernanceType',
    'importedLibraries',
  ],
  outputOnly: ['kind', 'etag', 'creationTime', 'lastModifiedTime'],
  unsupported: [
    'remoteFunctionOptions',
    'sparkOptions',
    'securityMode',
    'externalRuntimeOptions',
    'pythonOptions',
  ],
};

const TYPES = ['SCALAR_FUNCTION', 'AGGREGATE_FUNCTION', 'PROCEDURE', 'TABLE_VALUED_FUNCTION'] as const;

function readRoutine(body: JsonObject, ref: RoutineRef): NewEntry<RoutineEntry> {
  checkBody(body, SHAPE);
  const language = (textField(body, 'language') || 'SQL').toUpperCase();
  if (language !== 'SQL' && language !== 'JAVASCRIPT') {
    throw notImplemented(`Routines in ${language}`, 'language');
  }
  const routineType = choiceField(body, 'routineType', TYPES);
  if (routineType === undefined) {
    throw new BigQueryError('required', 'Required parameter is missing: routineType');
  }
  for (const argument of objectListField(body, 'arguments') ?? []) {
    checkMembers(argument, 'arguments', ['name', 'argumentKind', 'mode', 'dataType', 'isAggregate']);
  }
  const definitionBody = requiredText(body, 'definitionBody');
  if (language === 'SQL') checkDefinition(routineType, definitionBody);
  else checkJavaScript(routineType, body);
  return present<NewEntry<RoutineEntry>>({
    ref,
    routineType,
    language,
    importedLibraries: textListField(body, 'importedLibraries'),
    definitionBody,
    arguments: objectListField(body, 'arguments') ?? [],
    returnType: objectField(body, 'returnType'),
    returnTableType: objectField(body, 'returnTableType'),
    description: textField(body, 'description'),
    determinismLevel: textField(body, 'determinismLevel'),
    strictMode: booleanField(body, 'strictMode'),
    dataGovernanceType: textField(body, 'dataGovernanceType'),
  }) as NewEntry<RoutineEntry>;
}

/** A body that cannot be parsed is refused now; names in it are resolved when the routine is called. */
function checkDefinition(type: RoutineEntry['routineType'], definition: string): void {
  const isExpression = type === 'SCALAR_FUNCTION' || type === 'AGGREGATE_FUNCTION';
  parseScript(isExpression ? `SELECT (${definition}\n)` : definition);
}

/** The types of a function in JavaScript must be those that it takes. */
function checkJavaScript(type: RoutineEntry['routineType'], body: JsonObject): void {
  if (type !== 'SCALAR_FUNCTION' && type !== 'AGGREGATE_FUNCTION') {
    throw notImplemented(`A ${type} in JAVASCRIPT`, 'language');
  }
  for (const argument of objectListField(body, 'arguments') ?? []) {
    checkJavaScriptType(fromStandardType(argument['dataType']));
  }
  const returnType = objectField(body, 'returnType');
  if (returnType === undefined)
    throw new BigQueryError('required', 'Required parameter is missing: returnType');
  checkJavaScriptType(fromStandardType(returnType));
}

function renderRoutine(entry: RoutineEntry): object {
  const { projectId, datasetId, routineId } = entry.ref;
  return present({
    etag: etagOf(entry),
    routineReference: { projectId, datasetId, routineId },
    routineType: entry.routineType,
    creationTime: String(entry.creationTime),
    lastModifiedTime: String(entry.lastModifiedTime),
    language: entry.language,
    arguments: entry.arguments.length === 0 ? undefined : entry.arguments,
    returnType: entry.returnType,
    returnTableType: entry.returnTableType,
    definitionBody: entry.definitionBody,
    importedLibraries: entry.importedLibraries,
    description: entry.description,
    strictMode: entry.strictMode,
    determinismLevel: entry.determinismLevel,
    dataGovernanceType: entry.dataGovernanceType,
  });
}

function routineRef(request: RouteRequest): RoutineRef {
  return { ...datasetRef(request), routineId: request.params['routine']! };
}

const ROUTINES = '/projects/{project}/datasets/{dataset}/routines';
const FILTER = /^routine_?type:(\w+)$/i;

export const routineRoutes: readonly ServerRoute[] = [
  [
    'GET',
    ROUTINES,
    ({ catalog }, request) => {
      const filter = request.query.get('filter');
      const type = filter === null ? undefined : FILTER.exec(filter.trim())?.[1]?.toUpperCase();
      if (filter && type === undefined) {
        throw new BigQueryError('invalid', `Invalid filter expression: ${filter}`);
      }
      const all = catalog
        .listRoutines(datasetRef(request))
        .filter((routine) => type === undefined || routine.routineType === type);
      const page = listPage(all, request.query, ({ ref }) => ref.routineId);
      const routines = page.items.map((routine) => {
        const {
          definitionBody: _body,
          arguments: _arguments,
          ...summary
        } = renderRoutine(routine) as JsonObject;
        return summary;
      });
      return { body: present({ routines, nextPageToken: page.nextPageToken }) };
    },
  ],
  [
    'POST',
    ROUTINES,
    async ({ catalog }, request) => {
      const body = jsonBody(request);
      const routineId = requiredText(objectField(body, 'routineReference') ?? {}, 'routineId');
      checkRoutineOrModelId(routineId, 'routine');
      const entry = catalog.insertRoutine(readRoutine(body, { ...datasetRef(request), routineId }));
      await catalog.flush();
      return { body: renderRoutine(entry) };
    },
  ],
  [
    'GET',
    `${ROUTINES}/{routine}`,
    ({ catalog }, request) => {
      const routine = renderRoutine(catalog.requireRoutine(routineRef(request)));
      const text = request.query.get('readMask');
      if (!text) return { body: routine };
      const mask = parseFieldMask(text);
      if (mask === undefined) throw invalidParameter('readMask', text);
      // The reference is in every answer.
      mask.set('routineReference', undefined);
      return { body: applyFieldMask(routine, mask) as object };
    },
  ],
  [
    'PUT',
    `${ROUTINES}/{routine}`,
    async ({ catalog }, request) => {
      const current = catalog.requireRoutine(routineRef(request));
      checkIfMatch(request, etagOf(current));
      const { ref, ...changes } = readRoutine(jsonBody(request), current.ref);
      const cleared = { returnType: undefined, returnTableType: undefined, description: undefined };
      const entry = catalog.updateRoutine(ref, { ...cleared, ...changes });
      await catalog.flush();
      return { body: renderRoutine(entry) };
    },
  ],
  ...['getIamPolicy', 'setIamPolicy', 'testIamPermissions'].map(
    (verb): ServerRoute => [
      'POST',
      `${ROUTINES}/{routine}:${verb}`,
      () => {
        throw notImplemented(`IAM policies of routines (${verb})`);
      },
    ],
  ),
  [
    'DELETE',
    `${ROUTINES}/{routine}`,
    async ({ catalog }, request) => {
      catalog.deleteRoutine(routineRef(request));
      await catalog.flush();
      return {};
    },
  ],
];
