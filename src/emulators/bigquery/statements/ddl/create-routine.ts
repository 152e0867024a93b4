import { checkJavaScriptType } from '../../../googlesql/compile/expression/javascript-call.js';
import { typeOfNode } from '../../../googlesql/compile/expression/type-nodes.js';
import type { JavaScriptCode } from '../../../googlesql/compile/scope/query-context.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type {
  CreateFunction,
  CreateProcedure,
  CreateTableFunction,
  ObjectPath,
  RoutineParameter,
  TypeNode,
} from '../../../googlesql/syntax/ast.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { JsonObject, RoutineEntry, RoutineRef } from '../../catalog/entries.js';
import { checkRoutineOrModelId, routineName } from '../../catalog/names.js';
import { toStandardType } from '../../catalog/standard-types.js';
import { BigQueryError } from '../../errors.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import { requireDataset, tableRef } from '../targets.js';
import { refuseInTransaction } from './create-table.js';
import {
  applyOptions,
  evaluateOptions,
  type Option,
  type OptionSetters,
  type OptionValue,
  textOption,
} from './options.js';

type NewRoutine = NewEntry<RoutineEntry>;

export function routineRef(path: ObjectPath, session: Session): RoutineRef {
  const { projectId, datasetId, tableId } = tableRef(path, session);
  return { projectId, datasetId, routineId: tableId };
}

/** CREATE FUNCTION of SQL or JavaScript. Temporary ones live in the session. */
export async function runCreateFunction(statement: CreateFunction, session: Session): Promise<ExecuteResult> {
  checkLanguage(statement);
  const statementType = statement.aggregate ? 'CREATE_AGGREGATE_FUNCTION' : 'CREATE_FUNCTION';
  if (statement.temporary) {
    await declareTemporary(statement, session);
    return { statementType, totalBytesProcessed: 0, ddlOperationPerformed: 'CREATE' };
  }
  const entry: NewRoutine = {
    ref: routineRef(statement.name, session),
    routineType: statement.aggregate ? 'AGGREGATE_FUNCTION' : 'SCALAR_FUNCTION',
    language: statement.language === 'JS' ? 'JAVASCRIPT' : 'SQL',
    definitionBody: statement.bodyText!,
    arguments: statement.parameters.map(argumentOf),
  };
  if (statement.returns) entry.returnType = toStandardType(typeOfNode(statement.returns));
  if (statement.determinism) entry.determinismLevel = statement.determinism.replace(' ', '_');
  const options = await evaluateOptions(statement.options, session);
  applyOptions(entry, options, statement.language === 'JS' ? javaScriptOptions : routineOptions, 'function');
  return storeRoutine(statement, entry, statementType, session);
}

function checkLanguage(statement: CreateFunction): void {
  if (statement.remote) throw notImplemented('Remote functions (CREATE FUNCTION … REMOTE WITH CONNECTION)');
  if (statement.language === 'JS') {
    checkJavaScript(statement);
    return;
  }
  if (statement.language !== 'SQL') throw notImplemented(`CREATE FUNCTION … LANGUAGE ${statement.language}`);
  if (!statement.body) throw invalidQuery('A SQL function needs a body: AS (expression)', statement.pos);
}

/** https://cloud.google.com/bigquery/quotas#udf_limits */
const MAX_CODE_BYTES = 32 * 1024;

function checkJavaScript(statement: CreateFunction): void {
  const { returns, parameters, bodyText, pos } = statement;
  if (statement.body !== undefined || bodyText === undefined) {
    throw invalidQuery('A JavaScript function needs a body: AS "code"', pos);
  }
  if (returns === undefined) throw invalidQuery('A JavaScript function needs RETURNS with a type', pos);
  if (Buffer.byteLength(bodyText) > MAX_CODE_BYTES) {
    throw invalidQuery(`The code of a JavaScript function takes up to ${MAX_CODE_BYTES} bytes`, pos);
  }
  for (const type of [...parameters.map((parameter) => parameter.type), returns]) {
    checkJavaScriptType(isAny(type) ? undefined : typeOfNode(type));
  }
}

async function declareTemporary(statement: CreateFunction, session: Session): Promise<void> {
  const { parts } = statement.name;
  if (parts.length !== 1)
    throw invalidQuery('Temporary functions must not have a dataset', statement.name.pos);
  const key = parts[0]!.toLowerCase();
  const existing = session.temporaryFunctions.has(key);
  if (existing && statement.ifNotExists) return;
  if (existing && !statement.orReplace) throw invalidQuery(`Duplicate function: ${parts[0]}`, statement.pos);
  session.temporaryFunctions.set(key, {
    name: parts[0]!,
    arguments: statement.parameters.map((parameter) => ({
      name: parameter.name!.name,
      type: isAny(parameter.type) ? undefined : typeOfNode(parameter.type),
    })),
    returns: statement.returns && typeOfNode(statement.returns),
    body: statement.bodyText!,
    aggregate: statement.aggregate,
    code: statement.language === 'JS' ? await codeOf(statement, session) : undefined,
  });
}

async function codeOf(statement: CreateFunction, session: Session): Promise<JavaScriptCode> {
  const options = await evaluateOptions(statement.options, session);
  const { importedLibraries = [] } = applyOptions<Pick<NewRoutine, 'importedLibraries'>>(
    {},
    options,
    { library: setLibraries },
    'function',
  );
  return {
    libraries: importedLibraries,
    deterministic: statement.determinism === 'DETERMINISTIC',
    notAggregate: statement.parameters.map(({ notAggregate }) => notAggregate === true),
  };
}

/** `library = 'gs://…'` or an array of such. */
function setLibraries(
  entry: Pick<NewRoutine, 'importedLibraries'>,
  value: OptionValue,
  option: Option,
): void {
  const uris = Array.isArray(value) ? value : [value];
  entry.importedLibraries = uris.map((uri) => textOption(uri, option) ?? '').filter((uri) => uri !== '');
}

export async function runCreateTableFunction(
  statement: CreateTableFunction,
  session: Session,
  source: string,
): Promise<ExecuteResult> {
  const entry: NewRoutine = {
    ref: routineRef(statement.name, session),
    routineType: 'TABLE_VALUED_FUNCTION',
    language: 'SQL',
    definitionBody: source.slice(statement.query.pos.offset, statement.query.end).trim(),
    arguments: statement.parameters.map(argumentOf),
  };
  if (statement.returns?.kind === 'TableType' && statement.returns.columns) {
    const columns = statement.returns.columns.map((column) => ({
      name: column.name?.name ?? '',
      type: toStandardType(typeOfNode(column.type)),
    }));
    entry.returnTableType = { columns };
  }
  applyOptions(entry, await evaluateOptions(statement.options, session), routineOptions, 'table function');
  return storeRoutine(statement, entry, 'CREATE_TABLE_FUNCTION', session);
}

export async function runCreateProcedure(
  statement: CreateProcedure,
  session: Session,
): Promise<ExecuteResult> {
  if (statement.language !== 'SQL') throw notImplemented(`CREATE PROCEDURE … LANGUAGE ${statement.language}`);
  const entry: NewRoutine = {
    ref: routineRef(statement.name, session),
    routineType: 'PROCEDURE',
    language: 'SQL',
    definitionBody: statement.bodyText!,
    arguments: statement.parameters.map((parameter) => ({
      ...argumentOf(parameter),
      mode: parameter.mode ?? 'IN',
    })),
  };
  applyOptions(entry, await evaluateOptions(statement.options, session), routineOptions, 'procedure');
  return storeRoutine(statement, entry, 'CREATE_PROCEDURE', session);
}

const routineOptions: OptionSetters<NewRoutine> = {
  description: (entry, value, option) => {
    entry.description = textOption(value, option);
  },
  strict_mode: (entry, value) => {
    entry.strictMode = value !== false;
  },
  data_governance_type: (entry, value, option) => {
    entry.dataGovernanceType = textOption(value, option);
  },
};

const javaScriptOptions: OptionSetters<NewRoutine> = { ...routineOptions, library: setLibraries };

function isAny(type: TypeNode): boolean {
  return type.kind === 'SimpleType' && type.name === 'ANY TYPE';
}

/** A parameter as REST's `Argument`. */
function argumentOf(parameter: RoutineParameter): JsonObject {
  const name = parameter.name?.name ?? '';
  if (isAny(parameter.type)) return { name, argumentKind: 'ANY_TYPE' };
  if (parameter.type.kind === 'TableType') {
    const { columns } = parameter.type;
    if (!columns) return { name, argumentKind: 'ANY_TABLE' };
    const tableType = {
      columns: columns.map((column) => ({
        name: column.name?.name ?? '',
        type: toStandardType(typeOfNode(column.type)),
      })),
    };
    return { name, argumentKind: 'FIXED_TABLE', tableType };
  }
  const argument: JsonObject = {
    name,
    argumentKind: 'FIXED_TYPE',
    dataType: toStandardType(typeOfNode(parameter.type)),
  };
  if (parameter.notAggregate) argument['isAggregate'] = false;
  return argument;
}

function storeRoutine(
  statement: { orReplace: boolean; ifNotExists: boolean },
  entry: NewRoutine,
  statementType: string,
  session: Session,
): ExecuteResult {
  refuseInTransaction(session);
  checkRoutineOrModelId(entry.ref.routineId, 'routine');
  requireDataset(entry.ref, session);
  const { catalog } = session.services;
  const existing = catalog.getRoutine(entry.ref);
  const result: ExecuteResult = { statementType, totalBytesProcessed: 0, ddlTargetRoutine: entry.ref };
  if (existing && statement.ifNotExists) return { ...result, ddlOperationPerformed: 'SKIP' };
  if (existing && !statement.orReplace) {
    throw new BigQueryError('duplicate', `Already Exists: Routine ${routineName(entry.ref)}`);
  }
  result.ddlOperationPerformed = existing ? 'REPLACE' : 'CREATE';
  if (session.request.dryRun) return result;
  if (existing) catalog.deleteRoutine(entry.ref);
  catalog.insertRoutine(entry);
  return result;
}
