import { defineCommand } from '../src/cli/command.js';
import { counted } from '../src/core/counted.js';
import { usageError } from '../src/errors/healthmon-error.js';
import { DEFAULT_SCENARIO } from '../src/pipeline/simulate/defaults.js';
import type { AheadOfClock } from '../src/pipeline/simulate/pace.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from './plan.js';

export default defineCommand({
  details:
    'Vitals of patients with their own baselines, a circadian rhythm, correlated heart rate and temperature, and ' +
    'some who get worse. The same seed and start time give byte-identical messages. Without --count and ' +
    '--duration it runs until interrupted.',
  options: [
    {
      flags: '--patients <n>',
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      description: 'patients 1 to n',
      default: 200,
    },
    {
      flags: '--patients-from <source>',
      type: 'string',
      description: 'take the patients from "spanner" or from an admissions CSV file instead',
    },
    { flags: '--count <n>', type: 'integer', minimum: 0, description: 'readings to make' },
    { flags: '--seed <n>', type: 'integer', description: 'what all randomness comes from', default: 1 },
    {
      flags: '--start-time <time>',
      type: 'rfc3339',
      description: 'event time of the beginning (default: so that the last reading is now)',
    },
    {
      flags: '--interval <duration>',
      type: 'duration',
      default: 60_000,
      description: 'simulated time between two readings of a patient',
    },
    {
      flags: '--rate <r>',
      type: 'number',
      minimum: 0.01,
      description: 'messages a second (default: as many as possible)',
    },
    {
      flags: '--speed <factor>',
      type: 'string',
      description:
        'let simulated time pass this many times as fast as the clock, such as 60x; 1x is real time',
    },
    { flags: '--duration <duration>', type: 'duration', description: 'stop after this time' },
    {
      flags: '--scenario <name>',
      type: 'string',
      description: `stable, sepsis, afib, hypoxia, postop, mixed, or a .json file (default: ${DEFAULT_SCENARIO})`,
    },
    {
      flags: '--vitals <selection>',
      type: 'string',
      choices: ['core', 'all'],
      description:
        'all adds respiratory rate and oxygen saturation (default: all with --scenario, otherwise core)',
    },
    {
      flags: '--format <format>',
      type: 'string',
      choices: ['json', 'fhir'],
      default: 'json',
      description: 'flat JSON, or FHIR R4 Observations in a Bundle',
    },
    percentage('--drop <percent>', 'readings that are never sent'),
    percentage('--duplicate <percent>', 'messages sent twice'),
    percentage('--late <percent>', 'messages sent much later'),
    percentage('--out-of-order <percent>', 'messages sent a little later'),
    percentage('--garbage <percent>', 'messages that are not valid readings'),
    {
      flags: '--ground-truth <file>',
      type: 'string',
      description: 'write who gets worse and when, as JSON lines',
    },
    {
      flags: '--stdout',
      type: 'boolean',
      description: 'print the messages as NDJSON instead of publishing them',
    },
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon simulate --patients 200 --count 20000 --seed 7',
      does: 'Publishes 20,000 readings of 200 patients.',
    },
    {
      command: 'healthmon simulate --patients-from spanner --speed 1x --interval 5s',
      does: 'Publishes in real time, a reading of every loaded patient each 5 s, until interrupted.',
    },
    {
      command: 'healthmon simulate --scenario sepsis --count 1000 --stdout --ground-truth truth.jsonl',
      does: 'Prints readings of a ward with sepsis, and who has it.',
    },
  ],
  target: 'changes',
  result: {
    topic: 'the topic, or null with --stdout',
    published: 'messages published',
    failed: 'messages that could not be published',
    error: 'why, when some could not',
    faults: 'how many messages each kind of fault touched',
    patients: 'patients simulated',
    deterioratingPatients: 'of these, how many get worse',
    seed: 'seed of all randomness',
    startTime: 'event time of the beginning',
    groundTruthFile: 'file with who gets worse, or null',
    seconds: 'duration',
    messagesPerSecond: 'messages published a second',
    targetMessagesPerSecond: 'the rate that was asked for, or null',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    if (input.dryRun === true) {
      const { count, patients, patientsFrom } = input;
      const readings = count === undefined ? 'readings' : `${count} readings`;
      const whose = patientsFrom === undefined ? `${patients} patients` : `the patients of ${patientsFrom}`;
      return planOf([['publish', context.config.pubsub.topic, `${readings} of ${whose}`]]);
    }
    const [{ runSimulate }, { output }] = [await import('../src/pipeline/simulate/run.js'), context];
    const toStdout = input.stdout === true;
    if (toStdout && output.json) {
      throw usageError({
        code: 'conflicting-options',
        message: '--stdout and --json both claim standard output.',
        suggestion: 'Use --stdout alone; its lines are JSON already.',
      });
    }
    const progress = toStdout ? undefined : output.progress('Simulating');
    try {
      const result = await runSimulate(
        {
          patients: input.patients,
          patientsFrom: input.patientsFrom,
          count: input.count,
          seed: input.seed,
          startTime: input.startTime,
          intervalMs: input.interval,
          ratePerSecond: input.rate,
          speed: input.speed,
          durationMs: input.duration,
          scenario: input.scenario,
          vitals: input.vitals,
          format: input.format,
          faults: {
            drop: input.drop,
            duplicate: input.duplicate,
            late: input.late,
            outOfOrder: input.outOfOrder,
            garbage: input.garbage,
          },
          groundTruthFile: input.groundTruth,
        },
        {
          clients: () => context.google(),
          config: context.config,
          cwd: context.cwd,
          signal: context.signal,
          write: toStdout ? (chunk) => output.write(chunk) : undefined,
          onAheadOfClock: (ahead) => output.warn(aheadText(ahead)),
          onProgress: ({ published }) => progress?.update(`${published} published`),
        },
      );
      progress?.done(`${result.published} published`);
      return result;
    } catch (error) {
      progress?.fail();
      throw error;
    }
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    if (result.topic === null) return;
    output.note(
      `${counted(result.published, 'message')} of ${counted(result.patients, 'patient')} to ${result.topic} in ${result.seconds} s ` +
        `(${result.messagesPerSecond}/s), seed ${result.seed}, from ${result.startTime}`,
    );
    if (result.failed > 0)
      output.warn(`${counted(result.failed, 'message')} could not be published: ${result.error}`);
  },
  exitCode: (result) => ('failed' in result && result.failed > 0 ? 1 : 0),
});

function aheadText({ speed, afterSeconds, realTimeRate }: AheadOfClock): string {
  const pace = speed === null ? 'as fast as messages are sent' : `${short(speed)} times as fast as the clock`;
  return (
    `simulated time passes ${pace}: from ${short(afterSeconds)} s on readings are more than 5 min ahead of the clock, ` +
    `and the worker flags them as from the future; --speed 1x (${short(realTimeRate)} messages a second here) is real ` +
    'time, and an earlier --start-time leaves room'
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function percentage<Flags extends string>(flags: Flags, description: string) {
  return {
    flags,
    type: 'number',
    minimum: 0,
    maximum: 100,
    default: 0,
    description: `percent of ${description}`,
  } as const;
}
