import type { Page } from './page.js';
import { patientIdOf } from './query-state.js';

/** What of a page an address asks for. */
export type Format = 'html' | 'json' | 'csv';

export interface Route {
  page: Page;
  params: Record<string, string>;
  format: Format;
}

/** The page of a path such as `/patients/7.json`; undefined when there is none. The board is `/`, and `/ward` with a format. */
export function routeOf(pages: readonly Page[], path: string): Route | undefined {
  const match = /^(.*?)(?:\.(json|csv))?$/s.exec(path)!;
  const format = (match[2] ?? 'html') as Format;
  const base = match[1] === '/ward' && format !== 'html' ? '/' : match[1]!;
  for (const page of pages) {
    const params = paramsOf(page.path, base);
    if (params !== undefined) return { page, params, format };
  }
  return undefined;
}

function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const given = path.split('/');
  if (expected.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    if (!part.startsWith(':')) {
      if (part !== given[index]) return undefined;
      continue;
    }
    const value = patientIdOf(given[index]!);
    if (value === undefined || value === '') return undefined;
    params[part.slice(1)] = value;
  }
  return params;
}
