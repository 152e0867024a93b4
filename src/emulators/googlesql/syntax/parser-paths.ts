import type { Identifier, ObjectPath } from './ast.js';
import { syntaxError } from './syntax-error.js';
import type { TokenStream } from './token-stream.js';

// Project names may hold dashes without backticks: my-project.dataset.table.
const dashedName = /[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+/y;

/** The name of a table, model, routine or schema. */
export function parseObjectPath(stream: TokenStream): ObjectPath {
  const { pos } = stream;
  const identifiers = parseDashedName(stream) ?? [stream.expectIdentifier()];
  while (stream.acceptSymbol('.')) identifiers.push(stream.expectFieldName());
  return { kind: 'ObjectPath', parts: splitParts(identifiers), identifiers, pos };
}

function parseDashedName(stream: TokenStream): Identifier[] | undefined {
  const { token, pos } = stream;
  if (token.type !== 'word' || stream.source[token.end] !== '-') return undefined;
  dashedName.lastIndex = token.offset;
  const name = dashedName.exec(stream.source)?.[0];
  if (!name) return undefined;
  const end = token.offset + name.length;
  while (stream.token.end <= end && !stream.atEnd) stream.next();
  const identifier: Identifier = { kind: 'Identifier', name, quoted: false, pos };
  if (stream.token.offset >= end) return [identifier];
  // The lexer read the end of `my-project-12.dataset` as the float `12.`.
  if (stream.token.end !== end + 1) throw stream.unexpected();
  stream.next();
  return [identifier, stream.expectFieldName()];
}

/** The parts of a name, with the dots inside backticks taken apart. */
function splitParts(identifiers: Identifier[]): string[] {
  if (!identifiers.some((part) => part.quoted && /[.:]/.test(part.name))) {
    return identifiers.map((part) => part.name);
  }
  return identifiers.flatMap((part) => (part.quoted ? splitQuoted(part) : [part.name]));
}

// `domain.com:project.dataset` keeps the dots of its domain inside the project; `project:dataset` is the legacy form.
const domainProject = /^[^:.]*\.[^:]*:[^.]+/;

function splitQuoted(part: Identifier): string[] {
  const project = domainProject.exec(part.name)?.[0];
  const parts = project
    ? [project, ...part.name.slice(project.length).split('.').slice(1)]
    : part.name.replace(':', '.').split('.');
  if (parts.some((name) => name === '')) throw syntaxError(`Invalid identifier \`${part.name}\``, part.pos);
  return parts;
}

/** The parts of a routine's name as identifiers, so that each keeps its position. */
export function splitIdentifiers(identifiers: Identifier[]): Identifier[] {
  if (!identifiers.some((part) => part.quoted && part.name.includes('.'))) return identifiers;
  return identifiers.flatMap((part) =>
    part.quoted ? splitQuoted(part).map((name) => ({ ...part, name })) : [part],
  );
}
