import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VNode } from 'preact';
import { chartStyle, colourStyle } from '../charts/style.js';
import { packageRoot } from '../core/package-root.js';
import { HealthmonError } from '../errors/healthmon-error.js';
import type { Audit } from './audit.js';
import { Layout } from './layout.js';
import { type LiveViews, MAX_STREAMS, MAX_VIEWS, type View } from './live.js';
import type { Page, Snapshot } from './page.js';
import { type Route, routeOf } from './routes.js';
import type { Visit } from './server.js';
import { csvOf } from './tables.js';
import { htmlOf } from './update.js';
import { boardStyle } from './ward/ward-page.js';
import { wordsScript } from './words.js';

export interface AppTools {
  pages: readonly Page[];
  /** Undefined when pages are not live. */
  live: LiveViews | undefined;
  /** What is looked at, such as `local, project healthmon-local`. */
  target: string;
  /** What the pages have read so far, in words. */
  reads(): string;
  /** Told of every patient that is looked at, before it is shown. */
  audit: Audit | undefined;
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const ASSETS: Readonly<Record<string, { type: string; read: () => string }>> = {
  '/assets/dashboard.css': {
    type: 'text/css; charset=utf-8',
    read: () => colourStyle() + chartStyle() + boardStyle() + asset('dashboard.css'),
  },
  '/assets/words.js': { type: JAVASCRIPT, read: wordsScript },
  '/assets/dashboard.js': { type: JAVASCRIPT, read: () => asset('dashboard.js') },
};

function asset(name: string): string {
  return readFileSync(join(packageRoot(), 'src', 'dashboard', 'assets', name), 'utf8');
}

/** Answers every request that was let in. */
export function dashboardApp(tools: AppTools): (visit: Visit) => Promise<void> {
  return async (visit) => {
    const { response, url } = visit;
    const asset = ASSETS[url.pathname];
    if (asset !== undefined) return end(visit, 200, asset.type, asset.read());
    if (url.pathname === '/live') return openStream(visit, tools);
    const route = routeOf(tools.pages, url.pathname);
    if (route === undefined) return fail(visit, tools, 'html', notFound(url.pathname));
    const { patientId } = route.params;
    let snapshot: Snapshot;
    try {
      if (patientId !== undefined) tools.audit?.page(patientId);
      snapshot = await route.page.read(route.params, url.searchParams);
    } catch (error) {
      return fail(visit, tools, route.format, error);
    }
    if (response.destroyed) return undefined;
    if (route.format === 'json') {
      return end(visit, 200, 'application/json; charset=utf-8', `${JSON.stringify(snapshot.data)}\n`);
    }
    if (route.format === 'csv') return end(visit, 200, 'text/csv; charset=utf-8', csvOf(snapshot.table()));
    return end(visit, 200, 'text/html; charset=utf-8', pageHtml(route, snapshot, addressOf(url), tools));
  };
}

function pageHtml({ page, params }: Route, snapshot: Snapshot, address: string, tools: AppTools): string {
  const parts = new Map(snapshot.parts.map((part) => [part.id, part]));
  const drawn = (id: string): VNode => parts.get(id)!.draw();
  const { pages, live, target, reads } = tools;
  return `<!doctype html>${htmlOf(
    <Layout
      title={page.title(params)}
      address={address}
      pages={navOf(pages)}
      target={target}
      intervalMs={live === undefined ? null : page.intervalMs}
      feed={snapshot.feed ?? null}
      reads={reads()}
    >
      {snapshot.body(drawn)}
    </Layout>,
  )}`;
}

function navOf(pages: readonly Page[]): { path: string; nav: string }[] {
  return pages.flatMap(({ path, nav }) => (nav === null ? [] : [{ path, nav }]));
}

function addressOf({ pathname, search }: URL): string {
  return pathname + search;
}

function openStream(visit: Visit, { live, pages, audit }: AppTools): void {
  const { request, response, url } = visit;
  const refuse = (status: number, text: string) =>
    end(visit, status, 'text/plain; charset=utf-8', `${text}\n`);
  const addresses = [...new Set(url.searchParams.getAll('view'))];
  const views = addresses.map((address) => viewOf(pages, address, audit));
  if (live === undefined) refuse(404, 'The pages are not live.');
  else if (views.length === 0 || views.length > MAX_VIEWS || views.some((view) => view === undefined)) {
    refuse(400, `Give 1 to ${MAX_VIEWS} addresses of pages as "view".`);
  } else if (live.streams >= MAX_STREAMS) {
    response.setHeader('retry-after', '30');
    refuse(503, `${MAX_STREAMS} streams are open; no more are served.`);
  } else if (request.method === 'HEAD') {
    end(visit, 200, 'text/event-stream', '');
  } else {
    live.open(response, views as View[], request.headers['last-event-id']?.toString());
  }
}

function viewOf(pages: readonly Page[], address: string, audit: Audit | undefined): View | undefined {
  if (!address.startsWith('/') || !URL.canParse(address, 'http://dashboard')) return undefined;
  const url = new URL(address, 'http://dashboard');
  const route = routeOf(pages, url.pathname);
  if (route === undefined || route.format !== 'html') return undefined;
  const { page, params } = route;
  if (params.patientId !== undefined) audit?.stream(params.patientId);
  return { address, intervalMs: page.intervalMs, read: () => page.read(params, url.searchParams) };
}

function notFound(path: string): HealthmonError {
  return new HealthmonError({
    code: 'page-not-found',
    message: `There is no page ${path.slice(0, 200)}.`,
    suggestion: 'Begin at the ward.',
  });
}

/** Which status says what went wrong; what is not named was a store that did not answer. */
const STATUS: Readonly<Record<string, number>> = { 'page-not-found': 404, 'patient-not-found': 404 };

function fail(visit: Visit, tools: AppTools, format: Route['format'], error: unknown): void {
  const known = error instanceof HealthmonError ? error : undefined;
  const { code = 'internal', message = 'The page could not be made.', detail, suggestion } = known ?? {};
  const status = STATUS[code] ?? (known === undefined ? 500 : 503);
  if (format !== 'html') {
    const body = `${JSON.stringify({ error: { code, message, detail, suggestion } })}\n`;
    end(visit, status, 'application/json; charset=utf-8', body);
    return;
  }
  const html = htmlOf(
    <Layout
      title={status === 404 ? 'Not found' : 'Not available'}
      address={addressOf(visit.url)}
      pages={navOf(tools.pages)}
      target={tools.target}
      intervalMs={null}
      feed={null}
      reads={tools.reads()}
    >
      <h1>{message}</h1>
      {detail !== undefined && <p>{detail}</p>}
      {suggestion !== undefined && <p>{suggestion}</p>}
      <p class="muted">{code}</p>
    </Layout>,
  );
  end(visit, status, 'text/html; charset=utf-8', `<!doctype html>${html}`);
}

function end({ request, response }: Visit, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? '' : body);
}
