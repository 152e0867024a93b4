import { checkAccessList } from './access-lists.js';
import { notImplemented, StorageError } from './errors.js';
import type { Fields } from './resources.js';

const STORAGE_CLASSES = [
  'STANDARD',
  'NEARLINE',
  'COLDLINE',
  'ARCHIVE',
  'MULTI_REGIONAL',
  'REGIONAL',
  'DURABLE_REDUCED_AVAILABILITY',
];
const LIFECYCLE_ACTIONS = ['Delete', 'SetStorageClass', 'AbortIncompleteMultipartUpload'];
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

function invalid(name: string, value: unknown): StorageError {
  return new StorageError('invalid', `Invalid value for ${name}: ${JSON.stringify(value)}`, name);
}

/** A member that is an object; absent or null counts as empty. */
function objectOf(fields: Fields, name: string): Fields {
  const value = fields[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(name, value);
  return value as Fields;
}

function checkStorageClass(value: unknown): void {
  if (value !== undefined && value !== null && !STORAGE_CLASSES.includes(value as string)) {
    throw invalid('storageClass', value);
  }
}

/** Refuses values of a bucket's properties that Cloud Storage refuses, and those that would have no effect here. */
export function checkBucketFields(fields: Fields): void {
  for (const name of ['acl', 'defaultObjectAcl']) checkAccessList(name, fields[name]);
  checkStorageClass(fields.storageClass);
  for (const [key, value] of Object.entries(objectOf(fields, 'labels'))) {
    const fits = value === null || (typeof value === 'string' && LABEL_VALUE.test(value));
    if (!LABEL_KEY.test(key) || !fits) throw invalid('labels', { [key]: value });
  }
  const { enabled = null } = objectOf(fields, 'versioning');
  if (enabled !== null && typeof enabled !== 'boolean') throw invalid('versioning.enabled', enabled);
  const rules = objectOf(fields, 'lifecycle').rule ?? [];
  if (!Array.isArray(rules)) throw invalid('lifecycle.rule', rules);
  for (const rule of rules as Fields[]) {
    const type = (rule.action as Fields | undefined)?.type;
    if (!LIFECYCLE_ACTIONS.includes(type as string))
      throw invalid('lifecycle.rule.action.type', type ?? null);
  }
  if (Number(objectOf(fields, 'softDeletePolicy').retentionDurationSeconds ?? 0) !== 0) {
    throw notImplemented('Soft delete');
  }
  if (objectOf(fields, 'billing').requesterPays === true) throw notImplemented('Requester pays');
}

/** The same for the properties of an object. */
export function checkObjectFields(fields: Fields): void {
  checkAccessList('acl', fields.acl);
  checkStorageClass(fields.storageClass);
  for (const name of [
    'contentType',
    'contentEncoding',
    'contentDisposition',
    'contentLanguage',
    'cacheControl',
    'customTime',
  ]) {
    const value = fields[name] ?? '';
    if (typeof value !== 'string') throw invalid(name, value);
  }
  const { customTime } = fields;
  if (customTime && (!RFC_3339.test(String(customTime)) || Number.isNaN(Date.parse(String(customTime))))) {
    throw invalid('customTime', customTime);
  }
}
