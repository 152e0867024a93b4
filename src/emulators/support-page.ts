import type { Capability } from './service.js';
import type { Methods } from './serving/method.js';
import type { Refusals } from './serving/refused-methods.js';

const TITLES = { supported: 'Supported', differs: 'Differs', refused: 'Refused' } as const;

/** The page on which an embedded service says what it does. @param service its title */
export function renderSupportPage(service: string, capabilities: readonly Capability[]): string {
  const lines = [
    `# What the embedded ${service} supports`,
    '',
    'Generated from the tables in the code; a test keeps it up to date. What is refused answers with',
    '`UNIMPLEMENTED` and its name, never with an empty success.',
  ];
  for (const [status, title] of Object.entries(TITLES)) {
    const group = capabilities.filter((entry) => entry.status === status);
    const texts = group.map(({ name, note }) => `- ${name}${note === undefined ? '' : `: ${note}`}`);
    lines.push('', `## ${title}`, '', ...texts);
  }
  return `${lines.join('\n')}\n`;
}

/** Methods as capabilities: those that are served, and those that are refused with the feature they belong to. */
export function methodCapabilities(
  methods: Methods,
  refusals: Refusals,
): { served: Capability[]; refused: Capability[] } {
  const refused = Object.entries(refusals).flatMap(([service, features]) =>
    Object.entries(features).flatMap(([feature, names]) =>
      names.map(
        (name): Capability => ({ name: `${shortName(service)}.${name}`, status: 'refused', note: feature }),
      ),
    ),
  );
  const refusedNames = new Set(refused.map(({ name }) => name));
  const served = Object.entries(methods)
    .flatMap(([service, named]) => Object.keys(named).map((name) => `${shortName(service)}.${name}`))
    .filter((name) => !refusedNames.has(name))
    .map((name): Capability => ({ name, status: 'supported' }));
  return { served, refused };
}

/** `Bigtable` of `google.bigtable.v2.Bigtable`. */
function shortName(service: string): string {
  return service.split('.').at(-1)!;
}
