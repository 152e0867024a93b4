import type { Schema } from './model.js';

/** The statements that make a schema, as the service prints them. */
export function printSchema(_schema: Schema, _databaseId: string): string[] {
  return [];
}
