import { INT64, STRING, TIMESTAMP } from '../../../googlesql/syntax/types.js';
import type { JsonObject, JsonValue, RoutineEntry } from '../../catalog/entries.js';
import { printString } from './option-text.js';
import { type Cell, milliseconds, type View, type ViewScope, yesNo } from './view.js';

const names: View['columns'] = [
  ['specific_catalog', STRING],
  ['specific_schema', STRING],
  ['specific_name', STRING],
];

const routineTypes: Record<RoutineEntry['routineType'], string> = {
  SCALAR_FUNCTION: 'FUNCTION',
  AGGREGATE_FUNCTION: 'AGGREGATE FUNCTION',
  PROCEDURE: 'PROCEDURE',
  TABLE_VALUED_FUNCTION: 'TABLE FUNCTION',
};

export const routineViews: Record<string, View> = {
  ROUTINES: {
    columns: [
      ...names,
      ['routine_catalog', STRING],
      ['routine_schema', STRING],
      ['routine_name', STRING],
      ['routine_type', STRING],
      ['data_type', STRING],
      ['routine_body', STRING],
      ['routine_definition', STRING],
      ['external_language', STRING],
      ['is_deterministic', STRING],
      ['security_type', STRING],
      ['created', TIMESTAMP],
      ['last_altered', TIMESTAMP],
      ['ddl', STRING],
    ],
    rows: (scope) =>
      routinesOf(scope).map((routine) => [
        ...nameOf(routine),
        ...nameOf(routine),
        routineTypes[routine.routineType],
        typeText(routine.returnType),
        isJavaScript(routine) ? 'EXTERNAL' : 'SQL',
        routine.definitionBody,
        isJavaScript(routine) ? 'JAVASCRIPT' : null,
        isDeterministic(routine),
        null,
        milliseconds(routine.creationTime),
        milliseconds(routine.lastModifiedTime),
        ddl(routine),
      ]),
  },
  ROUTINE_OPTIONS: {
    columns: [...names, ['option_name', STRING], ['option_type', STRING], ['option_value', STRING]],
    rows: (scope) =>
      routinesOf(scope)
        .filter((routine) => routine.description !== undefined)
        .map((routine) => [...nameOf(routine), 'description', 'STRING', printString(routine.description!)]),
  },
  PARAMETERS: {
    columns: [
      ...names,
      ['ordinal_position', INT64],
      ['parameter_mode', STRING],
      ['is_result', STRING],
      ['parameter_name', STRING],
      ['data_type', STRING],
      ['parameter_default', STRING],
      ['is_aggregate', STRING],
    ],
    rows: (scope) => routinesOf(scope).flatMap(parameterRows),
  },
};

function routinesOf({ session, datasets }: ViewScope): RoutineEntry[] {
  return datasets.flatMap((dataset) => session.services.catalog.listRoutines(dataset.ref));
}

function nameOf(routine: RoutineEntry): Cell[] {
  return [routine.ref.projectId, routine.ref.datasetId, routine.ref.routineId];
}

function isJavaScript(routine: RoutineEntry): boolean {
  return routine.language === 'JAVASCRIPT';
}

function isDeterministic({ determinismLevel }: RoutineEntry): string | null {
  if (determinismLevel === undefined) return null;
  return yesNo(determinismLevel === 'DETERMINISTIC');
}

function parameterRows(routine: RoutineEntry): Cell[][] {
  const rows: Cell[][] = routine.arguments.map((argument, index) => [
    ...nameOf(routine),
    index + 1,
    text(argument['mode']),
    'NO',
    text(argument['name']),
    argumentType(argument),
    null,
    null,
  ]);
  const result = typeText(routine.returnType);
  if (result) rows.unshift([...nameOf(routine), 0, null, yesNo(true), null, result, null, null]);
  return rows;
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function argumentType(argument: JsonObject): string | null {
  if (argument['argumentKind'] === 'ANY_TYPE') return 'ANY TYPE';
  if (argument['argumentKind'] === 'ANY_TABLE') return 'ANY TABLE';
  return typeText(argument['dataType']);
}

/** REST's StandardSqlDataType as SQL. */
function typeText(value: JsonValue | undefined): string | null {
  if (!isObject(value)) return null;
  const kind = text(value['typeKind']);
  if (kind === 'ARRAY') return `ARRAY<${typeText(value['arrayElementType'])}>`;
  if (kind === 'RANGE') return `RANGE<${typeText(value['rangeElementType'])}>`;
  if (kind !== 'STRUCT' || !isObject(value['structType'])) return kind;
  const { fields } = value['structType'];
  const list = Array.isArray(fields) ? fields.filter(isObject) : [];
  return `STRUCT<${list.map((field) => `${text(field['name'])} ${typeText(field['type'])}`).join(', ')}>`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ddl(routine: RoutineEntry): string {
  const { projectId, datasetId, routineId } = routine.ref;
  const parameters = routine.arguments.map((argument) => {
    const mode = routine.routineType === 'PROCEDURE' ? `${text(argument['mode']) ?? 'IN'} ` : '';
    return `${mode}${text(argument['name'])} ${argumentType(argument)}`;
  });
  const head = `CREATE ${routineTypes[routine.routineType]} \`${projectId}.${datasetId}.${routineId}\`(${parameters.join(', ')})`;
  const returns = typeText(routine.returnType);
  if (routine.routineType === 'PROCEDURE') return `${head}\n${routine.definitionBody};`;
  if (isJavaScript(routine)) {
    const determinism = routine.determinismLevel ? ` ${routine.determinismLevel.replace('_', ' ')}` : '';
    const libraries = routine.importedLibraries?.map(printString).join(', ');
    const options = libraries ? `\nOPTIONS (library=[${libraries}])` : '';
    return `${head} RETURNS ${returns}${determinism} LANGUAGE js${options}\nAS ${printString(routine.definitionBody)};`;
  }
  const body =
    routine.routineType === 'TABLE_VALUED_FUNCTION' ? routine.definitionBody : `(${routine.definitionBody})`;
  return `${head}${returns ? ` RETURNS ${returns}` : ''}\nAS ${body};`;
}
