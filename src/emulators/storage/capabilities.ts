import { ROUTES } from './routes.js';

export type SupportStatus = 'supported' | 'differs' | 'refused';

export type StorageCapability = readonly [name: string, status: SupportStatus, note?: string];

const DONE: readonly StorageCapability[] = [
  ['Buckets: insert, get, list, patch, update, delete, labels', 'supported'],
  ['Uploads: media, multipart, resumable (interrupted and resumed, status query, cancel)', 'supported'],
  ['Downloads: whole, ranges, generations, decompressive transcoding of gzip', 'supported'],
  ['Objects: get, list (prefix, delimiter, offsets, glob, versions), patch, update, delete', 'supported'],
  ['copy, rewrite, move, compose', 'supported'],
  ['Generation and metageneration preconditions on every call', 'supported'],
  ['CRC-32C and MD5: computed, checked when declared', 'supported'],
  ['Object versioning', 'supported'],
  ['fields, If-Match, If-None-Match, X-HTTP-Method-Override', 'supported'],
  ['Lifecycle rules, CORS, website, logging, autoclass', 'differs', 'stored and returned, never carried out'],
  [
    'Access control',
    'differs',
    'everybody may do everything; credentials are not looked at; access lists and predefined ACLs are stored and returned',
  ],
  ['Rewrite in several calls', 'differs', 'one call always copies everything'],
  ['Chunks of a resumable upload', 'differs', 'may have any size, not only multiples of 256 KiB'],
];

/** Refused by a check inside a handler rather than by a route of their own. */
const REFUSED: readonly string[] = [
  'Customer-supplied and customer-managed encryption keys',
  'Requester pays',
  'Retention policies and holds',
  'Batch requests',
  'The XML API, except for reading an object',
  'Signing URLs; a signed one reads like any other',
];

/** What the emulator does, and what it refuses with 501 naming it; the latter is read from its routes. */
export function storageCapabilities(): StorageCapability[] {
  const routes = ROUTES.flatMap((route) => (route.refuses === undefined ? [] : [route.refuses]));
  const refused = [...new Set([...routes, ...REFUSED])].sort();
  return [...DONE, ...refused.map((name): StorageCapability => [name, 'refused'])];
}
