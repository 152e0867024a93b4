import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Page } from '../../../src/dashboard/page.js';
import { addressWith, patientPath } from '../../../src/dashboard/query-state.js';
import { routeOf } from '../../../src/dashboard/routes.js';

const pages = ['/', '/patients/:patientId', '/data'].map((path) => ({ path }) as Page);
const found = (path: string) => {
  const route = routeOf(pages, path);
  return route && [route.page.path, route.params, route.format];
};

it('finds a page and what of it is asked for', () => {
  expect(found('/')).toEqual(['/', {}, 'html']);
  expect(found('/ward.json')).toEqual(['/', {}, 'json']);
  expect(found('/data.csv')).toEqual(['/data', {}, 'csv']);
  expect(found('/patients/7.json')).toEqual(['/patients/:patientId', { patientId: '7' }, 'json']);
  for (const path of ['/ward', '/nothing', '/patients/', '/patients/7/8', '/patients/%E0%A4%A', '//data']) {
    expect(found(path), path).toBeUndefined();
  }
});

it('finds any patient by the path of the page, in each format', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (patientId) => {
      const { pathname } = new URL(patientPath(patientId), 'http://dashboard');
      expect(found(pathname)).toEqual(['/patients/:patientId', { patientId }, 'html']);
      expect(found(`${pathname}.csv`)).toEqual(['/patients/:patientId', { patientId }, 'csv']);
    }),
    { examples: [['.'], ['..'], ['7.json'], ['~'], ['~2E'], ['~7E2E'], ['%2E%2E'], ['a/../b']] },
  );
});

it('changes one thing of an address and leaves the rest', () => {
  const query = new URLSearchParams('risk=urgent&page=3');
  expect(addressWith('/', query, { page: '' })).toBe('/?risk=urgent');
  expect(addressWith('/', query, { risk: '', page: undefined })).toBe('/');
  expect(addressWith('/', query, { condition: 'a&b=c' })).toBe('/?risk=urgent&page=3&condition=a%26b%3Dc');
});
