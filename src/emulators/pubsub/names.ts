import { type CodeName, ServiceError } from '../serving/service-error.js';

export type ResourceKind = 'topics' | 'subscriptions' | 'snapshots' | 'schemas';

/** What a topic and a schema are called after they were deleted. */
export const DELETED_TOPIC = '_deleted-topic_';
export const DELETED_SCHEMA = '_deleted-schema_';

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const ID = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const PROJECT = /^projects\/([^/\s]+)$/;

/** @throws ServiceError INVALID_ARGUMENT when `name` is no name of such a resource */
export function checkName(kind: ResourceKind, name: unknown): string {
  const match = typeof name === 'string' ? /^projects\/([^/\s]+)\/([a-z]+)\/([^/]+)$/.exec(name) : null;
  const id = match?.[2] === kind ? match[3]! : '';
  if (!ID.test(id) || id.startsWith('goog')) {
    throw invalid(
      `Invalid [${kind}] name: (name=${String(name ?? '')}). It must be projects/PROJECT/${kind}/ID, and the ID 3 to 255 ` +
        'characters long: a letter, then letters, digits or -_.~+%, and not begin with "goog".',
    );
  }
  return name as string;
}

/** @returns the id of the project. @throws ServiceError INVALID_ARGUMENT */
export function checkProject(name: unknown): string {
  const match = typeof name === 'string' ? PROJECT.exec(name) : null;
  if (match === null)
    throw invalid(`Invalid project name: (name=${String(name ?? '')}). It must be projects/PROJECT.`);
  return match[1]!;
}

export function projectOf(name: string): string {
  return name.split('/')[1]!;
}

/** The part of a name behind its last slash. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

export function failure(code: CodeName, message: string): ServiceError {
  return new ServiceError(code, message);
}

export function invalid(message: string): ServiceError {
  return failure('INVALID_ARGUMENT', message);
}

export function notFound(what: string, name: string): ServiceError {
  return failure('NOT_FOUND', `${what} not found (resource=${name}).`);
}

export function alreadyExists(what: string, name: string): ServiceError {
  return failure('ALREADY_EXISTS', `${what} already exists (resource=${name}).`);
}

export function unsupported(what: string): ServiceError {
  return failure('UNIMPLEMENTED', `${what} is not supported by the embedded Pub/Sub.`);
}
