import { randomUUID } from 'node:crypto';
import type { Message, Methods } from '../../serving/method.js';
import { pageOf } from '../../serving/paging.js';
import { secondsAndNanos } from '../../serving/time.js';
import { checkName } from '../names.js';
import type { StoredSession } from '../persistence.js';
import { type DataContext, invalid } from './data-context.js';

const MAX_BATCH = 100;
const PAGES = { default: 1000, maximum: 1000 };
const LABEL_KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const LABEL_VALUE = /^[a-z0-9_-]{0,63}$/;
const SECOND_MS = 1000;
/** Sessions that nobody used for so long are forgotten, as the service does. */
const IDLE_MS = 3600 * SECOND_MS;
const MULTIPLEXED_IDLE_MS = 28 * 24 * 3600 * SECOND_MS;

export function sessionMethods(context: DataContext): Methods[string] {
  return {
    CreateSession: {
      kind: 'unary',
      handle: async ({ database, session = {} }) => {
        const made = makeSession(context, checkName('database', database), session as Message);
        await context.store.putSession(made);
        return sessionMessage(context, made);
      },
    },
    BatchCreateSessions: { kind: 'unary', handle: (request) => createBatch(context, request) },
    GetSession: {
      kind: 'unary',
      handle: ({ name }) => {
        const { session } = context.session(checkName('session', name));
        return sessionMessage(context, session);
      },
    },
    ListSessions: { kind: 'unary', handle: (request) => listSessions(context, request) },
    DeleteSession: {
      kind: 'unary',
      handle: async ({ name }) => {
        const session = context.store.sessions.get(checkName('session', name));
        if (session?.isMultiplexed === true) throw invalid('Multiplexed sessions may not be deleted.');
        if (session !== undefined) {
          context.forget(session.name);
          await context.store.deleteSession(session.name);
        }
        return {};
      },
    },
  };
}

function makeSession(context: DataContext, database: string, template: Message): StoredSession {
  context.store.database(database);
  dropIdle(context, database);
  const labels = (template.labels ?? {}) as Record<string, string>;
  for (const [key, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(key)) {
      throw invalid(
        `Label keys must be between 1-63 characters long, consist only of lowercase letters, digits, underscores, and dashes, and must start with a letter. Got: ${key}`,
      );
    }
    if (!LABEL_VALUE.test(value)) {
      throw invalid(
        `Label values must be at most 63 characters long and consist only of lowercase letters, digits, underscores, and dashes. Got: ${value}`,
      );
    }
  }
  return {
    name: `${database}/sessions/${randomUUID().replaceAll('-', '')}`,
    createdAtMs: context.store.now(),
    isMultiplexed: template.multiplexed === true,
    labels,
    creatorRole: template.creatorRole as string | undefined,
  };
}

function dropIdle(context: DataContext, database: string): void {
  const now = context.store.now();
  for (const session of context.store.sessions.values()) {
    const limit = session.isMultiplexed ? MULTIPLEXED_IDLE_MS : IDLE_MS;
    if (now - context.lastUseMs(session) <= limit || !session.name.startsWith(`${database}/sessions/`))
      continue;
    context.forget(session.name);
    // Nobody waits for it: one that comes back after a restart is dropped again.
    context.store.deleteSession(session.name).catch(() => {});
  }
}

async function createBatch(
  context: DataContext,
  { database, sessionTemplate = {}, sessionCount }: Message,
): Promise<Message> {
  const name = checkName('database', database);
  const template = sessionTemplate as Message;
  const count = Number(sessionCount ?? 0);
  if (template.multiplexed === true) throw invalid('Multiplexed sessions may not be created in batch.');
  if (count < 0) {
    throw invalid(`Invalid number of sessions ${count}. Requested sessions should be greater than 0.`);
  }
  const made = Array.from({ length: Math.min(count, MAX_BATCH) }, () => makeSession(context, name, template));
  await Promise.all(made.map((session) => context.store.putSession(session)));
  return { session: made.map((session) => sessionMessage(context, session)) };
}

function listSessions(context: DataContext, request: Message): Message {
  const name = checkName('database', request.database);
  context.store.database(name);
  const matches = sessionFilter(String(request.filter ?? ''));
  const sessions = [...context.store.sessions.values()].filter(
    (session) =>
      !session.isMultiplexed && session.name.startsWith(`${name}/sessions/`) && matches(session.labels ?? {}),
  );
  const { items, nextPageToken } = pageOf(sessions, (session) => session.name, request, PAGES);
  return {
    sessions: items.map((session) => sessionMessage(context, session)),
    ...(nextPageToken !== undefined && { nextPageToken }),
  };
}

type Labels = Readonly<Record<string, string>>;

/** `labels.env:*`, `labels.env:dev` and several of them, which must all hold. */
function sessionFilter(filter: string): (labels: Labels) => boolean {
  const terms = filter.trim() === '' ? [] : filter.trim().split(/\s+(?:AND\s+)?/);
  const tests = terms.map((term) => {
    const [, key, value] = /^labels\.([a-z][a-z0-9_-]*)[:=](\*|"[^"]*"|[^\s"]+)$/.exec(term) ?? [];
    if (key === undefined) throw invalid(`Invalid filter: ${filter}`);
    const wanted = value!.replaceAll('"', '');
    return (labels: Labels) => (wanted === '*' ? key in labels : labels[key] === wanted);
  });
  return (labels) => tests.every((test) => test(labels));
}

function sessionMessage(context: DataContext, session: StoredSession): Message {
  const { name, labels, creatorRole, createdAtMs, isMultiplexed } = session;
  return {
    name,
    labels: labels ?? {},
    createTime: secondsAndNanos(createdAtMs),
    approximateLastUseTime: secondsAndNanos(context.lastUseMs(session)),
    ...(creatorRole && { creatorRole }),
    ...(isMultiplexed && { multiplexed: true }),
  };
}
