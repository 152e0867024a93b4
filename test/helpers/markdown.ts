import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface Fence {
  /** Of the line that opens it, from 1. */
  line: number;
  info: string;
  lines: string[];
  /** The HTML comment right above it, without its marks. */
  comment: string | undefined;
}

export interface Page {
  /** From the root of the project. */
  file: string;
  text: string;
  fences: Fence[];
  /** Anchors of the headings, as GitHub makes them. */
  anchors: Set<string>;
  /** Targets of the links, with the line each is in. */
  links: { target: string; line: number }[];
}

/** Every page of documentation: those of the root, and `docs/`. */
export function pages(): Page[] {
  const inRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return [...inRoot, ...docs.map((name) => `docs/${name}`)].map((file) => readPage(file));
}

export function readPage(file: string): Page {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const page: Page = { file, text, fences: [], anchors: new Set(), links: [] };
  let open: Fence | undefined;
  let before = '';
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (open !== undefined) {
      if (fence === null) open.lines.push(line);
      else open = undefined;
      continue;
    }
    if (fence !== null) {
      const comment = /^<!-- (.*) -->$/.exec(before)?.[1];
      open = { line: index + 1, info: fence[1]!.trim(), lines: [], comment };
      page.fences.push(open);
      continue;
    }
    const heading = /^#+ (.+)$/.exec(line);
    if (heading !== null) page.anchors.add(anchorOf(heading[1]!, page.anchors));
    const prose = line.replaceAll(/`[^`]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      page.links.push({ target: target!, line: index + 1 });
    }
    if (line.trim() !== '') before = line.trim();
  }
  return page;
}

function anchorOf(heading: string, taken: ReadonlySet<string>): string {
  const base = heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
  let anchor = base;
  for (let count = 1; taken.has(anchor); count++) anchor = `${base}-${count}`;
  return anchor;
}

/** The file that a link of a page leads to, from the root; undefined when it leads out of the project. */
export function linkedFile(from: string, target: string): string | undefined {
  if (/^(https?:|mailto:)/.test(target)) return undefined;
  const [path = ''] = target.split('#');
  return path === '' ? from : relative(ROOT, resolve(ROOT, from, '..', path));
}

/** What is wrong with a link within the project; undefined when it leads somewhere, or out of the project. */
export function brokenLink(page: Page, target: string): string | undefined {
  const file = linkedFile(page.file, target);
  if (file === undefined) return undefined;
  if (!existsSync(join(ROOT, file))) return `${target} leads to no file`;
  const anchor = target.split('#')[1];
  if (anchor === undefined || readPage(file).anchors.has(anchor)) return undefined;
  return `${target} leads to no heading`;
}

/** First cells of the rows of every table whose first head is `head`, with the other cells. */
export function tableRows(page: Page, head: string): string[][] {
  const rows: string[][] = [];
  let inTable = false;
  for (const line of page.text.split('\n')) {
    if (!line.startsWith('|')) inTable = false;
    else if (line.startsWith(`| ${head} |`)) inTable = true;
    else if (inTable && !line.startsWith('|---')) {
      rows.push(
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    }
  }
  return rows;
}
