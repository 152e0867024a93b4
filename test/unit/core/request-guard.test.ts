import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { boundName, isHostName, isLoopbackName, refusalOf } from '../../../src/core/request-guard.js';

const refused = (
  headers: IncomingHttpHeaders,
  { bodies = 'json', name = '127.0.0.1', allowed = [] as string[] } = {},
) =>
  refusalOf(headers, { boundName: name, allowedNames: allowed, bodies: bodies as 'json' | 'grpc' | 'any' });

const HOST = { host: '127.0.0.1:9050' };

describe('the host of a request', () => {
  it.each([
    '127.0.0.1:9050',
    '127.0.0.1',
    '127.1:80',
    '127.9.8.7:1',
    'localhost:9050',
    'LocalHost',
    'ward.localhost:9050',
    '[::1]:9050',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]:9050',
  ])('%s is this machine', (host) => {
    expect(refused({ host })).toBeUndefined();
    expect(refused({ ':authority': host })).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:9050',
    '127.0.0.1.evil.example',
    'localhost.evil.example:9050',
    'evillocalhost',
    'evil.example#localhost',
    'evil.example/@localhost',
    'localhost@evil.example',
    'localhost:9050,evil.example',
    'localhost evil.example',
    'localhost:port',
    '128.0.0.1',
    '0.0.0.0:9050',
    '[::]:9050',
    '[::2]',
    '[::ffff:10.0.0.1]',
    '169.254.169.254',
  ])('%s is not', (host) => {
    expect(refused({ host })).toMatch(/is not this machine/);
    expect(refused({ ':authority': host, host: host ?? 'evil.example' })).toMatch(/is not this machine/);
  });

  it('of HTTP/2 is its authority, whatever a Host header says', () => {
    expect(refused({ ':authority': 'evil.example', host: 'localhost' })).toMatch(/"evil.example"/);
  });

  it('may be the bound name or an allowed one, in any case and spelling', () => {
    expect(refused({ host: 'ward-7.lan:9050' })).toBeDefined();
    expect(refused({ host: 'ward-7.lan:9050' }, { name: 'Ward-7.lan' })).toBeUndefined();
    expect(
      refused({ host: 'host.docker.internal:9050' }, { allowed: ['host.docker.internal'] }),
    ).toBeUndefined();
    expect(refused({ host: '[fd00:0::7]:9050' }, { allowed: ['fd00::7'] })).toBeUndefined();
    expect(refused({ host: 'other.docker.internal' }, { allowed: ['docker.internal'] })).toBeDefined();
  });

  it('of a listener on every interface is the address that was called', () => {
    expect(boundName('127.0.0.1', '127.0.0.1')).toBe('127.0.0.1');
    expect(boundName('0.0.0.0', '10.1.2.3')).toBe('10.1.2.3');
    expect(boundName('::', '::ffff:10.1.2.3')).toBe('10.1.2.3');
    expect(boundName('::', 'fd00::7')).toBe('fd00::7');
    expect(boundName('0.0.0.0', undefined)).toBe('');
    expect(refused({ host: '10.1.2.3:9090' }, { name: '10.1.2.3' })).toBeUndefined();
    expect(refused({ host: '0.0.0.0:9090' }, { name: '127.0.0.1' })).toBeDefined();
  });
});

describe('where a request comes from', () => {
  it.each([
    'http://evil.example',
    'https://evil.example:9050',
    'null',
    '',
    'file://',
    'http://localhost.evil.example',
    'http://localhost@evil.example',
    'http://127.0.0.1:9050, http://evil.example',
    'chrome-extension://localhost',
  ])('the origin %s is refused', (origin) => {
    expect(refused({ ...HOST, origin })).toMatch(/another origin/);
  });

  it.each(['http://127.0.0.1:9050', 'http://localhost:3000', 'https://[::1]:9050'])(
    'the origin %s is not',
    (origin) => {
      expect(refused({ ...HOST, origin })).toBeUndefined();
    },
  );

  it('is an origin by an allowed name', () => {
    const headers = { host: 'ward-7.lan:8080', origin: 'http://ward-7.lan:8080' };
    expect(refused(headers, { allowed: ['ward-7.lan'] })).toBeUndefined();
  });

  it.each([
    ['cross-site', false],
    ['same-site', false],
    ['cross-site, same-origin', false],
    ['same-origin', true],
    ['none', true],
    [undefined, true],
  ])('Sec-Fetch-Site: %s passes: %s', (site, passes) => {
    expect(refused({ ...HOST, 'sec-fetch-site': site }) === undefined).toBe(passes);
  });
});

describe('what a request brings', () => {
  it.each([
    ['json', 'application/json', true],
    ['json', 'Application/JSON; charset=UTF-8', true],
    ['json', 'application/vnd.api+json', true],
    ['json', 'multipart/related; boundary="x"', true],
    ['json', 'multipart/mixed; boundary=x', true],
    ['json', undefined, true],
    ['json', 'text/plain', false],
    ['json', 'text/plain;application/json', false],
    ['json', 'text/plain, application/json', false],
    ['json', 'application/json, text/plain', false],
    ['json', 'application/x-www-form-urlencoded', false],
    ['json', 'multipart/form-data; boundary=x', false],
    ['json', '', false],
    ['grpc', 'application/grpc', true],
    ['grpc', 'application/grpc+proto', true],
    ['grpc', 'application/grpc-web-text', true],
    ['grpc', 'application/json', false],
    ['grpc', 'text/plain', false],
    ['any', 'text/plain', true],
  ])('a service of %s takes %s: %s', (bodies, type, passes) => {
    expect(refused({ ...HOST, 'content-type': type }, { bodies }) === undefined).toBe(passes);
  });
});

it.each([
  ['host.docker.internal', true],
  ['ward_7', true],
  ['10.1.2.3', true],
  ['fd00::7', true],
  ['[fd00::7]', true],
  ['ward:80', false],
  ['[fd00::7]:80', false],
  ['http://ward', false],
  ['*', false],
  ['', false],
])('%s can be allowed: %s', (text, can) => {
  expect(isHostName(text)).toBe(can);
});

it.each([
  ['127.0.0.1', true],
  ['127.9.8.7', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.evil.com', false],
  ['10.1.2.3', false],
  ['', false],
])('a listener at %s is reached from this machine alone: %s', (name, is) => {
  expect(isLoopbackName(name)).toBe(is);
});
