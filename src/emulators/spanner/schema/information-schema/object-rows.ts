import type { OptionValue, Schema, SequenceSettings } from '../model.js';
import { at, type Cells, ofTable } from './cells.js';

export function schemata(schema: Schema): Cells[] {
  const named = [...schema.namedSchemas.values()].map(({ name }) => name);
  return ['', 'INFORMATION_SCHEMA', 'SPANNER_SYS', ...named].map((name) => ({ SCHEMA_NAME: name }));
}

export function databaseOptions({ options }: Schema): Cells[] {
  const dialect: [string, OptionValue] = ['database_dialect', 'GOOGLE_STANDARD_SQL'];
  return [dialect, ...options].map(([name, value]) => ({
    OPTION_NAME: name,
    OPTION_TYPE: typeof value === 'string' ? 'STRING' : 'INT64',
    OPTION_VALUE: String(value),
  }));
}

export function views(schema: Schema): Cells[] {
  return [...schema.views.values()].map((view) => ({
    ...ofTable(view),
    VIEW_DEFINITION: view.query,
    SECURITY_TYPE: view.security,
  }));
}

export function sequences(schema: Schema): Cells[] {
  return [...schema.sequences.values()].map(({ name }) => ({
    SCHEMA: at(name).schema,
    NAME: at(name).name,
    DATA_TYPE: 'INT64',
  }));
}

export function sequenceOptions(schema: Schema): Cells[] {
  return [...schema.sequences.values()].flatMap((sequence) =>
    settingsOf(sequence).map(([option, type, value]) => ({
      SCHEMA: at(sequence.name).schema,
      NAME: at(sequence.name).name,
      OPTION_NAME: option,
      OPTION_TYPE: type,
      OPTION_VALUE: value,
    })),
  );
}

function settingsOf({ skipRange, startWithCounter }: SequenceSettings): [string, string, string][] {
  const numbers: [string, bigint | undefined][] = [
    ['skip_range_max', skipRange?.max],
    ['skip_range_min', skipRange?.min],
    ['start_with_counter', startWithCounter],
  ];
  return [
    ['sequence_kind', 'STRING', 'bit_reversed_positive'],
    ...numbers
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string, string] => [name, 'INT64', String(value)]),
  ];
}

export function roles(schema: Schema): Cells[] {
  const system = ['public', 'spanner_info_reader', 'spanner_sys_reader'];
  return [
    ...system.map((name) => ({ ROLE_NAME: name, IS_SYSTEM: true })),
    ...[...schema.roles.values()].map(({ name }) => ({ ROLE_NAME: name, IS_SYSTEM: false })),
  ];
}

export function tableSynonyms(schema: Schema): Cells[] {
  return [...schema.tables.values()].flatMap(({ name, synonym }) =>
    synonym === undefined
      ? []
      : [
          {
            SCHEMA: at(name).schema,
            TABLE_NAME: at(name).name,
            SYNONYM_SCHEMA: at(synonym).schema,
            SYNONYM_TABLE_NAME: at(synonym).name,
          },
        ],
  );
}
