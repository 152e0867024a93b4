import { describe, expect, it } from 'vitest';
import {
  duck,
  fill,
  hole,
  markedName,
  NOTHING,
  print,
  raw,
  type Sql,
  SqlMap,
  series,
  struct,
  template,
} from '../../../../src/emulators/googlesql/duck/sql.js';

const column = raw('t.c', 'column');

describe('the SQL tree', () => {
  it('prints nodes where they stand', () => {
    const list = series([column, raw('1'), 'x'], ', ');
    expect(print(duck`SELECT ${list} FROM ${'t'} LIMIT ${5}`)).toBe('SELECT t.c, 1, x FROM t LIMIT 5');
    expect(print(struct([column, raw('2')]))).toBe("{'f1': t.c, 'f2': 2}");
    expect(print(NOTHING)).toBe('');
  });

  it('knows its length before it is printed', () => {
    const node = duck`f(${column}, ${duck`g(${column})`})`;
    expect(node.length).toBe(print(node).length);
  });

  it('prints a tree that is deeper than calls may nest', () => {
    let node: Sql = column;
    for (let depth = 0; depth < 100_000; depth++) node = duck`(${node})`;
    expect(print(node)).toHaveLength(node.length);
  });

  it('is put into no text by accident', () => {
    expect(() => `${column}`).toThrow('SQL is put into SQL as a node');
  });

  it('tells what it holds', () => {
    const ours = duck`${markedName('bq_f')}(${column})`;
    const window = duck`sum(${column}) OVER ()`.as('window');
    const inside = duck`(SELECT ${window})`.as('subquery');
    const random = raw('random()', 'volatile');
    const text = raw("'sum() OVER () random() (SELECT 1)'", 'literal');
    const facts = ({ hasWindow, isOpaque, isVolatile, isSlow }: Sql) => ({
      hasWindow,
      isOpaque,
      isVolatile,
      isSlow,
    });
    const none = { hasWindow: false, isOpaque: false, isVolatile: false, isSlow: false };
    expect(facts(text)).toEqual(none);
    expect(facts(duck`${column} + 1`)).toEqual(none);
    expect(facts(duck`(SELECT ${ours})`.as('subquery'))).toEqual({
      ...none,
      isOpaque: true,
      isSlow: true,
    });
    expect(print(ours)).toBe('bq_f(t.c)');
    expect(facts(template([column], (name) => `${markedName('bq_f')}(${name})`)).isSlow).toBe(true);
    expect(facts(duck`1 + ${window}`)).toEqual({ ...none, hasWindow: true, isOpaque: true });
    expect(facts(duck`1 + ${inside}`)).toEqual({ ...none, isOpaque: true });
    expect(facts(duck`(SELECT ${random})`.as('subquery'))).toEqual({
      ...none,
      isOpaque: true,
      isVolatile: true,
    });
  });

  it('is the same as what is built alike', () => {
    const build = (name: string) => duck`f(${raw(name, 'column')}, ${series([column, '1'], ', ')})`;
    expect(build('a').equals(build('a'))).toBe(true);
    expect(build('a').equals(build('b'))).toBe(false);
    const map = new SqlMap<number>();
    map.add(build('a'), 1);
    map.add(build('b'), 2);
    map.add(build('a'), 3);
    expect(map.entries().map(([, value]) => value)).toEqual([1, 2]);
    expect(map.get(build('b'))).toBe(2);
    expect(map.has(build('c'))).toBe(false);
  });

  it('takes other nodes in the places of some', () => {
    const other = raw('u.d', 'column');
    const node = duck`f(${column}, ${duck`g(${column})`}, t.c)`;
    expect(print(node.replace((each) => (each === column ? other : undefined)))).toBe('f(u.d, g(u.d), t.c)');
    expect(node.replace(() => undefined)).toBe(node);
  });

  it('fills the holes of templates, and counts them', () => {
    const { sql, uses } = fill(`f(${hole(0)}, ${hole(1)}, ${hole(0)})`, [column, raw("'\u0001'")]);
    expect(print(sql)).toBe("f(t.c, '\u0001', t.c)");
    expect(uses).toEqual([2, 1]);
    expect(print(template([column], ([name]) => `abs(${name})`))).toBe('abs(t.c)');
  });
});
