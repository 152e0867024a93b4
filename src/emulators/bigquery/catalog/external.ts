import type { JsonObject } from './entries.js';

/** What `externalDataConfiguration` keeps in `csvOptions`, and `configuration.load` beside the rest. */
const CSV_OPTIONS = [
  'allowJaggedRows',
  'allowQuotedNewlines',
  'encoding',
  'fieldDelimiter',
  'nullMarker',
  'nullMarkers',
  'preserveAsciiControlCharacters',
  'quote',
  'skipLeadingRows',
  'sourceColumnMatch',
];

/** The `externalDataConfiguration` that reads files as a load job of this `configuration.load` would. */
export function externalOf(load: JsonObject): JsonObject {
  const external: JsonObject = {};
  const csv: JsonObject = {};
  for (const [key, value] of Object.entries(load)) {
    if (CSV_OPTIONS.includes(key)) csv[key] = value;
    else if (key === 'useAvroLogicalTypes') external['avroOptions'] = { [key]: value };
    else external[key] = value;
  }
  return Object.keys(csv).length > 0 ? { ...external, csvOptions: csv } : external;
}

/** The other way: what a load job is told to read the files of an external table. */
export function loadOf(external: JsonObject): JsonObject {
  const { csvOptions, avroOptions, jsonOptions, googleSheetsOptions, bigtableOptions, ...load } = external;
  // The bytes tell by themselves how they are compressed.
  delete load['compression'];
  return {
    ...load,
    ...(csvOptions as JsonObject | undefined),
    ...(avroOptions as JsonObject | undefined),
    ...(jsonOptions as JsonObject | undefined),
    ...(googleSheetsOptions !== undefined && { googleSheetsOptions }),
    ...(bigtableOptions !== undefined && { bigtableOptions }),
  };
}
