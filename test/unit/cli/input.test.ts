import { expect, expectTypeOf, it } from 'vitest';
import { defineCommand } from '../../../src/cli/command.js';
import { parseCommandLine } from '../../../src/cli/program.js';

const command = defineCommand({
  arguments: [
    { name: 'file', description: 'a file', required: true },
    { name: 'more', description: 'others', variadic: true },
  ],
  options: [
    { flags: '--max-inflight <n>', type: 'integer', description: 'a number' },
    { flags: '-o, --output <file>', type: 'string', description: 'a path' },
    {
      flags: '--mode <mode>',
      type: 'string',
      choices: ['upsert', 'insert'],
      default: 'upsert',
      description: 'a mode',
    },
    { flags: '--also <mode>', type: 'string', choices: ['bigquery'], description: 'a choice' },
    { flags: '--linger <duration>', type: 'duration', default: 25, description: 'a time' },
    { flags: '--schema <file>', type: 'strings', description: 'several' },
    { flags: '--check', type: 'boolean', description: 'a switch' },
    { flags: '--no-colour', type: 'boolean', default: true, description: 'a switch that is on' },
  ],
  examples: [],
  target: 'offline',
  result: { input: 'what it was given' },
  async run(input) {
    expectTypeOf(input.file).toEqualTypeOf<string>();
    expectTypeOf(input.more).toEqualTypeOf<string[]>();
    expectTypeOf(input.maxInflight).toEqualTypeOf<number | undefined>();
    expectTypeOf(input.output).toEqualTypeOf<string | undefined>();
    expectTypeOf(input.mode).toEqualTypeOf<'upsert' | 'insert'>();
    expectTypeOf(input.also).toEqualTypeOf<'bigquery' | undefined>();
    expectTypeOf(input.linger).toEqualTypeOf<number>();
    expectTypeOf(input.schema).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(input.check).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(input.colour).toEqualTypeOf<boolean>();
    // @ts-expect-error A misspelt option is an error.
    input.maxInFlight;
    return { input };
  },
});

const index = {
  commands: [{ path: 'try', summary: 'try it', load: async () => ({ default: command }) }],
  groups: {},
};

/** What `run` gets for this command line. */
async function inputOf(...argv: string[]) {
  const invocation = await parseCommandLine(['try', ...argv], index, { version: '' });
  return 'input' in invocation ? invocation.input : undefined;
}

it('a command gets the values that the types of its declaration say', async () => {
  expect(await inputOf('a.csv')).toEqual({
    file: 'a.csv',
    more: [],
    mode: 'upsert',
    linger: 25,
    colour: true,
  });
  const argv = ['a.csv', 'b.csv', '--max-inflight', '7', '-o', 'x', '--mode', 'insert', '--linger', '2s'];
  expect(await inputOf(...argv, '--schema', 's', '--schema', 't', '--check', '--no-colour')).toEqual({
    file: 'a.csv',
    more: ['b.csv'],
    maxInflight: 7,
    output: 'x',
    mode: 'insert',
    linger: 2000,
    schema: ['s', 't'],
    check: true,
    colour: false,
  });
});

it('help shows a duration as it would be typed', async () => {
  const help = await parseCommandLine(['try', '--help'], index, { version: '' });
  expect(help).toMatchObject({ text: expect.stringMatching(/a time \(default: 25ms\)/) });
});
