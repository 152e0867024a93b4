import { describe, expect, it } from 'vitest';
import { storageCapabilities } from '../../../src/emulators/storage/capabilities.js';
import { ROUTES } from '../../../src/emulators/storage/routes.js';
import { useStorage } from './harness.js';

const storage = useStorage();

describe('what is not supported', () => {
  const routes = ROUTES.filter((route) => route.refuses !== undefined);

  it.each(routes.map((route) => [route.pattern, route] as const))(
    '%s answers 501 and names it',
    async (pattern, route) => {
      const path = pattern.replaceAll(/:\w+/g, 'x');
      const method = route.method === '*' ? 'POST' : route.method;
      for (const prefix of ['/storage/v1', '']) {
        const response = await fetch(`${storage.server.url}${prefix}${path}`, { method });
        expect(response.status).toBe(501);
        const { error } = (await response.json()) as { error: { message: string } };
        expect(error.message).toContain(route.refuses);
      }
      expect(storageCapabilities().map(([name]) => name)).toContain(route.refuses);
    },
  );

  it.each([
    ['/batch/storage/v1', 'POST', {}, /Batch/],
    ['/some-bucket/some-object', 'PUT', {}, /XML API/],
    ['/some-bucket/some-object?acl', 'GET', {}, /XML API/],
    ['/some-bucket', 'GET', {}, /XML API/],
    ['/storage/v1/nonsense/of/it', 'GET', {}, /XML API/],
    ['/storage/v1/b/x/o/y', 'GET', { 'x-goog-encryption-algorithm': 'AES256' }, /encryption keys/],
    ['/storage/v1/b/x/o/y?kmsKeyName=k', 'PATCH', {}, /kmsKeyName/],
  ])('%s %s', async (path, method, headers, message) => {
    const response = await fetch(`${storage.server.url}${path}`, {
      method,
      headers: headers as Record<string, string>,
    });
    expect(response.status).toBe(501);
    expect(await response.text()).toMatch(message);
  });
});
