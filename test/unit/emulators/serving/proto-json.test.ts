import { createRequire } from 'node:module';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { Descriptors } from '../../../../src/emulators/serving/descriptors.js';
import { parseMessage, printMessage } from '../../../../src/emulators/serving/rest/proto-json.js';
import { ServiceError } from '../../../../src/emulators/serving/service-error.js';

const bigtable = createRequire(import.meta.url)('@google-cloud/bigtable/build/protos/protos.json');

const optional = (type: string, id: number) => ({ type, id, options: { proto3_optional: true } });
const wellKnown = (name: string) =>
  protobuf.Root.fromJSON(protobuf.common.get(`google/protobuf/${name}.proto`)!)
    .lookup('google.protobuf')!
    .toJSON().nested;
const root = protobuf.Root.fromJSON({
  nested: {
    ...bigtable.nested,
    test: {
      nested: {
        Kind: { values: { KIND_UNSPECIFIED: 0, LARGE: 1, SMALL: 2 } },
        All: {
          oneofs: { choice: { oneof: ['left', 'right'] }, _maybe: { oneof: ['maybe'] } },
          fields: {
            int32: { type: 'int32', id: 1 },
            uint32: { type: 'uint32', id: 2 },
            int64: { type: 'int64', id: 3 },
            uint64: { type: 'uint64', id: 4 },
            float: { type: 'float', id: 5 },
            double: { type: 'double', id: 6 },
            bool: { type: 'bool', id: 7 },
            string: { type: 'string', id: 8 },
            bytes: { type: 'bytes', id: 9 },
            kind: { type: 'Kind', id: 10 },
            inner: { type: 'All', id: 11 },
            list: { rule: 'repeated', type: 'string', id: 12 },
            kinds: { rule: 'repeated', type: 'Kind', id: 13 },
            longName: { type: 'string', id: 14 },
            counts: { keyType: 'string', type: 'int64', id: 15 },
            left: { type: 'string', id: 16 },
            right: { type: 'string', id: 17 },
            maybe: optional('int32', 18),
            time: { type: 'google.protobuf.Timestamp', id: 20 },
            duration: { type: 'google.protobuf.Duration', id: 21 },
            mask: { type: 'google.protobuf.FieldMask', id: 22 },
            any: { type: 'google.protobuf.Any', id: 23 },
            empty: { type: 'google.protobuf.Empty', id: 24 },
          },
        },
        Wrapped: {
          fields: {
            int64: { type: 'google.protobuf.Int64Value', id: 1 },
            bytes: { type: 'google.protobuf.BytesValue', id: 2 },
            bool: { type: 'google.protobuf.BoolValue', id: 3 },
            struct: { type: 'google.protobuf.Struct', id: 4 },
            value: { type: 'google.protobuf.Value', id: 5 },
          },
        },
      },
    },
    // With what the client packages lack.
    google: {
      nested: {
        ...bigtable.nested.google.nested,
        protobuf: {
          nested: {
            ...bigtable.nested.google.nested.protobuf.nested,
            ...wellKnown('wrappers'),
            ...wellKnown('struct'),
          },
        },
      },
    },
  },
} as protobuf.INamespace);
root.resolveAll();
const descriptors = new Descriptors(protobuf.Reader, root);

/** Through the wire and back. */
function round(typeName: string, json: unknown, options = {}): unknown {
  const type = root.lookupType(typeName);
  const bytes = descriptors.encode(type, parseMessage(type, json));
  return printMessage(type, descriptors.decode(type, bytes), options);
}

function refusal(json: unknown, typeName = 'test.All'): ServiceError {
  try {
    parseMessage(root.lookupType(typeName), json);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('the JSON form of messages', () => {
  it.each([
    [{ int32: -5, uint32: 4294967295 }],
    [{ int64: '-9223372036854775808', uint64: '18446744073709551615' }],
    [{ float: 1.5, double: 1e300 }],
    [{ double: 'NaN' }],
    [{ double: '-Infinity' }],
    [{ bool: true, string: 'ä☂', bytes: '+/8=' }],
    [{ kind: 'LARGE', kinds: ['SMALL', 'KIND_UNSPECIFIED'] }],
    [{ inner: { inner: {} }, list: ['a', ''] }],
    [{ counts: { a: '1', '': '0' } }],
    [{ left: '' }],
    [{ maybe: 0 }],
    [{ time: '2026-03-01T10:00:00Z', duration: '3s', mask: 'a,bC.dE' }],
    [{ time: '0001-01-01T00:00:00.000000001Z', duration: '-0.500s' }],
    [{ time: '9999-12-31T23:59:59.999999999Z', duration: '-315576000000s', mask: '' }],
    [{ any: { '@type': 'type.googleapis.com/test.All', int64: '3' } }],
    [{ any: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1.500s' }, empty: {} }],
  ])('comes back as it was: %j', (json) => {
    expect(round('test.All', json)).toEqual(json);
  });

  it.each([
    [{ long_name: 'a' }, { longName: 'a' }],
    [
      { int32: '12', int64: 12 },
      { int32: 12, int64: '12' },
    ],
    [{ float: '2.5' }, { float: 2.5 }],
    [{ kind: 2 }, { kind: 'SMALL' }],
    [{ bytes: '-_8' }, { bytes: '+/8=' }],
    [
      {
        string: '',
        int32: 0,
        bool: false,
        list: [],
        counts: {},
        kind: 'KIND_UNSPECIFIED',
        int64: 0,
        bytes: '',
      },
      {},
    ],
    [{ string: null, inner: null, list: null }, {}],
    [{ list: 'one' }, { list: ['one'] }],
    [{ time: '2026-03-01T10:00:00.5+02:00' }, { time: '2026-03-01T08:00:00.500Z' }],
    [{ duration: '1.0000005s' }, { duration: '1.000000500s' }],
  ])('is taken in other spellings: %j', (json, canonical) => {
    expect(round('test.All', json)).toEqual(canonical);
  });

  it('has wrappers and structures as plain values', () => {
    const json = {
      int64: '5',
      bytes: '',
      bool: false,
      struct: { a: [1, 'b', null, { c: true }] },
      value: null,
    };
    expect(round('test.Wrapped', json)).toEqual(json);
  });

  it('prints enums as numbers when asked to', () => {
    expect(round('test.All', { kind: 'LARGE', kinds: ['SMALL'] }, { enumsAsNumbers: true })).toEqual({
      kind: 1,
      kinds: [2],
    });
  });

  it.each([
    [{ nothing: 1 }, 'Invalid JSON payload received. Unknown name "nothing": Cannot find field.'],
    [
      { inner: { __proto__x: 1 } },
      `Invalid JSON payload received. Unknown name "__proto__x" at 'inner': Cannot find field.`,
    ],
    [{ constructor: 1 }, 'Invalid JSON payload received. Unknown name "constructor": Cannot find field.'],
    [{ int32: 2147483648 }, `Invalid value at 'int32' (TYPE_INT32), 2147483648`],
    [{ int32: 1.5 }, `Invalid value at 'int32' (TYPE_INT32), 1.5`],
    [{ uint64: '-1' }, `Invalid value at 'uint64' (TYPE_UINT64), "-1"`],
    [{ int64: '9223372036854775808' }, `Invalid value at 'int64' (TYPE_INT64), "9223372036854775808"`],
    [{ longName: 5 }, `Invalid value at 'long_name' (TYPE_STRING), 5`],
    [{ bytes: '!' }, `Invalid value at 'bytes' (TYPE_BYTES), "!"`],
    [{ kind: 'HUGE' }, `Invalid value at 'kind' (type.googleapis.com/test.Kind), "HUGE"`],
    [{ list: ['a', 1] }, `Invalid value at 'list[1]' (TYPE_STRING), 1`],
    [{ inner: 'x' }, `Invalid value at 'inner' (type.googleapis.com/test.All), "x"`],
    [{ counts: { a: 'x' } }, `Invalid value at 'counts[a]' (TYPE_INT64), "x"`],
    [{ duration: '1' }, `Invalid value at 'duration' (type.googleapis.com/google.protobuf.Duration), "1"`],
    [{ time: 'now' }, `Invalid value at 'time' (type.googleapis.com/google.protobuf.Timestamp), "now"`],
    [
      { any: { '@type': 'type.googleapis.com/test.None' } },
      `Invalid value at 'any' (type.googleapis.com/google.protobuf.Any), {"@type":"type.googleapis.com/test.None"}`,
    ],
    [{ left: 'a', right: 'b' }, `oneof field 'choice' is already set. Cannot set 'right'`],
    [[], `Invalid value at '' (type.googleapis.com/test.All), []`],
  ])('is refused, with the name of the field: %j', (json, message) => {
    const error = refusal(json);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message });
    expect(error.details[0]).toMatchObject({ type: 'google.rpc.BadRequest' });
  });
});
