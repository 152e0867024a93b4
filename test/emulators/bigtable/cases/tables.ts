import { b, type Case, EXISTS, INVALID, type Json, NOT_FOUND, PRECONDITION, UNIMPLEMENTED } from './case.js';

const ONE = 'r1 f:a@1000=1';
const TWO = 'r2 f:a@1000=2';
const NONE = 'projects/p/instances/i/tables/none';
const modify = (modification: Json, gives: unknown) => ({
  admin: 'ModifyColumnFamilies',
  request: { name: 'table', modifications: [modification] },
  gives,
});

const sum = { valueType: { aggregateType: { inputType: { int64Type: {} }, sum: {} } } };
const max = { valueType: { aggregateType: { inputType: { int64Type: {} }, max: {} } } };
const min = { valueType: { aggregateType: { inputType: { int64Type: {} }, min: {} } } };
const add = (familyName: string, intValue: string, rawTimestampMicros = '1000'): Json => ({
  addToCell: {
    familyName,
    columnQualifier: { rawValue: b('q') },
    timestamp: { rawTimestampMicros },
    input: { intValue },
  },
});
const int = (value: number) => `\0\0\0\0\0\0\0${String.fromCharCode(value)}`;
const mutate = (mutations: readonly Json[], gives: unknown) => ({
  data: 'MutateRow',
  request: { rowKey: b('r'), mutations },
  gives,
});

export const TABLE_CASES: readonly Case[] = [
  {
    name: 'table: that is there already',
    steps: [
      {
        admin: 'CreateTable',
        request: { parent: 'instance', tableId: 'table-id', table: {} },
        gives: EXISTS,
      },
    ],
  },
  {
    name: 'table: of an impossible name',
    steps: [
      { admin: 'CreateTable', request: { parent: 'instance', tableId: 'a/b', table: {} }, gives: INVALID },
      { admin: 'CreateTable', request: { parent: 'instance', tableId: '', table: {} }, gives: INVALID },
      {
        admin: 'CreateTable',
        request: { parent: 'nonsense', tableId: 'table-id', table: {} },
        gives: INVALID,
      },
    ],
  },
  {
    name: 'table: that is not there',
    steps: [
      { admin: 'GetTable', request: { name: NONE }, gives: NOT_FOUND },
      { admin: 'DeleteTable', request: { name: NONE }, gives: NOT_FOUND },
      {
        admin: 'ModifyColumnFamilies',
        request: { name: NONE, modifications: [{ id: 'x', create: {} }] },
        gives: NOT_FOUND,
      },
      { admin: 'DropRowRange', request: { name: NONE, deleteAllDataFromTable: true }, gives: NOT_FOUND },
      { admin: 'GenerateConsistencyToken', request: { name: NONE }, gives: NOT_FOUND },
    ],
  },
  {
    name: 'table: deletion protection',
    create: { table: { deletionProtection: true } },
    steps: [
      { admin: 'DeleteTable', request: { name: 'table' }, gives: PRECONDITION },
      modify({ id: 'f', drop: true }, PRECONDITION),
    ],
  },
  {
    name: 'table: deleted, its rows are gone',
    rows: [ONE],
    steps: [
      { admin: 'DeleteTable', request: { name: 'table' }, gives: {} },
      { read: {}, gives: NOT_FOUND },
      { admin: 'CreateTable', request: { parent: 'instance', tableId: 'table-id', table: {} }, gives: 'any' },
      { read: {}, gives: [] },
    ],
  },
  {
    name: 'rows dropped by prefix',
    rows: [ONE, TWO, 's f:a@1000=3'],
    steps: [
      { admin: 'DropRowRange', request: { name: 'table', rowKeyPrefix: b('r') }, gives: {} },
      { read: {}, gives: ['s f:a@1000=3'] },
    ],
  },
  {
    name: 'all rows dropped',
    rows: [ONE, TWO],
    steps: [
      { admin: 'DropRowRange', request: { name: 'table', deleteAllDataFromTable: true }, gives: {} },
      { read: {}, gives: [] },
    ],
  },
  {
    name: 'rows dropped by nothing',
    rows: [ONE],
    steps: [
      { admin: 'DropRowRange', request: { name: 'table' }, gives: INVALID },
      { read: {}, gives: [ONE] },
    ],
  },
  {
    name: 'family: dropped, its cells are gone even when it comes again',
    rows: [ONE, 'r1 g:a@1000=g'],
    steps: [
      modify({ id: 'f', drop: true }, 'any'),
      { read: {}, gives: ['r1 g:a@1000=g'] },
      modify({ id: 'f', create: {} }, 'any'),
      { read: {}, gives: ['r1 g:a@1000=g'] },
    ],
  },
  {
    name: 'family: what cannot be done',
    steps: [
      modify({ id: 'f', create: {} }, EXISTS),
      modify({ id: 'none', drop: true }, NOT_FOUND),
      modify({ id: 'none', update: {} }, NOT_FOUND),
      modify({ id: 'a/b', create: {} }, INVALID),
    ],
  },
  {
    name: 'family: none of several changes when one is refused',
    steps: [
      {
        admin: 'ModifyColumnFamilies',
        request: {
          name: 'table',
          modifications: [
            { id: 'new', create: {} },
            { id: 'none', drop: true },
          ],
        },
        gives: NOT_FOUND,
      },
      {
        data: 'MutateRow',
        request: { rowKey: b('r'), mutations: [{ deleteFromFamily: { familyName: 'new' } }] },
        gives: NOT_FOUND,
      },
    ],
  },
  {
    name: 'consistency tokens',
    steps: [
      { admin: 'CheckConsistency', request: { name: 'table', consistencyToken: 'made up' }, gives: INVALID },
      {
        admin: 'CheckConsistency',
        request: { name: 'table', consistencyToken: 'generated' },
        gives: { consistent: true },
      },
    ],
  },
  {
    name: 'aggregates: sum, least and greatest, each timestamp by itself',
    families: { s: sum, n: min, x: max },
    steps: [
      mutate([add('s', '5'), add('n', '5'), add('x', '5')], [{}]),
      mutate([add('s', '7'), add('n', '7'), add('x', '7'), add('s', '1', '2000')], [{}]),
      {
        read: {},
        gives: [
          `r n:q@1000=${int(5)}`,
          `r s:q@2000=${int(1)}`,
          `r s:q@1000=${int(12)}`,
          `r x:q@1000=${int(7)}`,
        ],
      },
    ],
  },
  {
    name: 'aggregates: a state is merged',
    families: { s: sum },
    steps: [
      mutate([add('s', '5')], [{}]),
      mutate(
        [
          {
            mergeToCell: {
              familyName: 's',
              columnQualifier: { rawValue: b('q') },
              timestamp: { rawTimestampMicros: '1000' },
              input: { rawValue: b(int(2)) },
            },
          },
        ],
        [{}],
      ),
      { read: {}, gives: [`r s:q@1000=${int(7)}`] },
    ],
  },
  {
    name: 'aggregates: only in their families, and nothing else there',
    families: { f: {}, s: sum },
    steps: [
      mutate([add('f', '5')], INVALID),
      mutate(
        [{ setCell: { familyName: 's', columnQualifier: b('q'), timestampMicros: '1000', value: b('v') } }],
        INVALID,
      ),
    ],
  },
  {
    name: 'change streams',
    steps: [{ data: 'GenerateInitialChangeStreamPartitions', request: {}, gives: UNIMPLEMENTED }],
  },
];
