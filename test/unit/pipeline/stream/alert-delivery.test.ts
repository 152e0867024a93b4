import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../src/config/config.js';
import { AlertDelivery, webhookOf } from '../../../../src/pipeline/stream/alert-delivery.js';
import type { AlertEvent } from '../../../../src/pipeline/stream/alerts.js';

interface Post {
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const EVENT = {
  alert_id: '7#1',
  revision: 1,
  type: 'raised',
  risk: 'emergency',
  Patient_ID: '7',
} as AlertEvent;
let posts: Post[];
let answer: (response: ServerResponse) => void;
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    posts.push({ url: request.url, headers: request.headers, body });
    answer(response);
  });
});
let address: string;

beforeEach(async () => {
  posts = [];
  answer = (response) => response.end();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const settings = (env: NodeJS.ProcessEnv) => resolveConfig({ flags: {}, env, cwd: import.meta.dirname });

async function deliver(env: NodeJS.ProcessEnv): Promise<string[]> {
  const faults: string[] = [];
  const delivery = new AlertDelivery({
    publisher: { publish: async () => undefined } as never,
    webhook: webhookOf(settings(env)),
    clock: {
      now: () => 0,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms === 60_000 ? ms : 1)),
    },
    onFailed: (where, error) => faults.push(`${where}: ${error}`),
  });
  await delivery.deliver([EVENT]);
  await delivery.close(60_000);
  return faults;
}

describe('the webhook of alerts', () => {
  it('gets each alert as JSON, with the authorization of the settings', async () => {
    const faults = await deliver({
      HEALTHMON_ALERT_WEBHOOK: `${address}/hook/7f3a91?ward=7`,
      HEALTHMON_ALERT_WEBHOOK_AUTHORIZATION: 'Bearer 5ec2e7',
    });
    expect(faults).toEqual([]);
    expect(posts).toMatchObject([
      {
        url: '/hook/7f3a91?ward=7',
        headers: { 'content-type': 'application/json', authorization: 'Bearer 5ec2e7' },
      },
    ]);
    expect(JSON.parse(posts[0]!.body)).toEqual(EVENT);
  });

  it('gets no authorization where none is set, and is none where no address is', async () => {
    await deliver({ HEALTHMON_ALERT_WEBHOOK: `${address}/hook` });
    expect(posts.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(webhookOf(settings({ HEALTHMON_ALERT_WEBHOOK_AUTHORIZATION: 'Bearer 5ec2e7' }))).toBeUndefined();
  });

  it('is not left for another address, and faults name none', async () => {
    answer = (response) => response.writeHead(307, { location: `${address}/elsewhere` }).end();
    const faults = await deliver({ HEALTHMON_ALERT_WEBHOOK: `${address}/hook/7f3a91` });
    expect(faults).toEqual([expect.stringMatching(/^webhook: /)]);
    expect(faults[0]).not.toContain('7f3a91');
    expect(posts.map(({ url }) => url)).toEqual(['/hook/7f3a91', '/hook/7f3a91', '/hook/7f3a91']);
  });

  it.each(['http://[7f3a91/', 'http://alerts.example.com:99999/7f3a91'])(
    'that cannot be called is refused before the first alert, without being shown: %s',
    (url) => {
      const config = settings({ HEALTHMON_ALERT_WEBHOOK: url });
      expect(() => webhookOf(config)).toThrow(/^The setting alerts.webhook \(environment\)((?!7f3a91).)*$/);
    },
  );

  it.each([
    'https://ward:7f3a91@alerts.example.com/',
    'ftp://alerts.example.com/',
    'https:///hook',
    'https://a b/',
  ])('is no setting: %s', (url) => {
    expect(() => settings({ HEALTHMON_ALERT_WEBHOOK: url })).toThrow(/alerts\.webhook/);
  });

  it('takes no authorization that would be several headers', () => {
    const env = { HEALTHMON_ALERT_WEBHOOK_AUTHORIZATION: 'Bearer 5ec2e7\r\nX-Other: 1' };
    expect(() => settings(env)).toThrow(/^((?!5ec2e7).)*$/s);
  });
});
