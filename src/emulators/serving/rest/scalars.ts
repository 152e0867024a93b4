/** How scalars of Protocol Buffers look in JSON. `parse` gives undefined for what is no such value. */
export interface Scalar {
  parse(json: unknown): unknown;
  print(value: unknown): unknown;
}

const INTEGER = /^-?\d+$/;

function integer(bits: 32 | 64, isSigned: boolean): Scalar {
  const fits = (value: bigint) =>
    (isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
  return {
    parse(json) {
      const text = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json;
      if (typeof text !== 'string' || !INTEGER.test(text) || !fits(BigInt(text))) return undefined;
      return bits === 64 ? text : Number(text);
    },
    print: (value) => (bits === 64 ? String(value) : value),
  };
}

const float: Scalar = {
  parse(json) {
    if (typeof json === 'number') return json;
    if (typeof json !== 'string' || json.trim() === '') return undefined;
    const value = Number(json);
    return Number.isNaN(value) && json !== 'NaN' ? undefined : value;
  },
  print: (value) => (Number.isFinite(value) ? value : String(value)),
};

const bool: Scalar = {
  parse(json) {
    // gcloud writes those of the query as Python does: True.
    const value = typeof json === 'string' ? json.toLowerCase() : json;
    return value === true || value === 'true'
      ? true
      : value === false || value === 'false'
        ? false
        : undefined;
  },
  print: (value) => value,
};

const string: Scalar = {
  parse: (json) => (typeof json === 'string' ? json : undefined),
  print: (value) => value,
};

const bytes: Scalar = {
  parse: (json) =>
    typeof json === 'string' && /^[\w+/-]*={0,2}$/.test(json) ? Buffer.from(json, 'base64') : undefined,
  print: (value) => Buffer.from(value as Uint8Array).toString('base64'),
};

export const SCALARS: Readonly<Record<string, Scalar>> = {
  int32: integer(32, true),
  sint32: integer(32, true),
  sfixed32: integer(32, true),
  uint32: integer(32, false),
  fixed32: integer(32, false),
  int64: integer(64, true),
  sint64: integer(64, true),
  sfixed64: integer(64, true),
  uint64: integer(64, false),
  fixed64: integer(64, false),
  float,
  double: float,
  bool,
  string,
  bytes,
};
