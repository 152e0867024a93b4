import { readFile } from 'node:fs/promises';
import { didYouMean } from '../../core/closest.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { VitalsDelta } from './conditions.js';

/** A way in which some patients get worse. Times are minutes of simulated time since the start. */
export interface Course {
  name: string;
  /** Share of all patients, from 0 to 1. */
  share: number;
  /** Each patient's onset is drawn from this range. */
  onsetMinutes: readonly [number, number];
  /** From the onset to the full effect. */
  rampMinutes: number;
  /** How long the full effect lasts before it fades over another ramp; for ever when absent. */
  holdMinutes?: number;
  /** The full effect on the vitals. */
  effect: VitalsDelta;
  /** Beat-to-beat irregularity at the full effect, in beats per minute. */
  irregularHeart?: number;
}

const SEPSIS: Course = {
  name: 'sepsis',
  share: 0.5,
  onsetMinutes: [10, 60],
  rampMinutes: 60,
  effect: {
    temperatureC: 2.3,
    heartRate: 42,
    systolic: -34,
    diastolic: -18,
    respiratoryRate: 11,
    oxygenSaturation: -5,
  },
};
const AFIB: Course = {
  name: 'afib',
  share: 0.3,
  onsetMinutes: [5, 90],
  rampMinutes: 2,
  effect: { heartRate: 55, systolic: -12, diastolic: -4, respiratoryRate: 3 },
  irregularHeart: 14,
};
const HYPOXIA: Course = {
  name: 'hypoxia',
  share: 0.3,
  onsetMinutes: [10, 60],
  rampMinutes: 25,
  effect: { heartRate: 24, systolic: 8, respiratoryRate: 11, oxygenSaturation: -11 },
};
const POSTOP: Course = {
  name: 'postop',
  share: 0.5,
  onsetMinutes: [0, 15],
  rampMinutes: 20,
  holdMinutes: 40,
  effect: {
    temperatureC: 0.9,
    heartRate: 16,
    systolic: 14,
    diastolic: 6,
    respiratoryRate: 3,
    oxygenSaturation: -2,
  },
};

/** The built-in scenarios. `mixed` is an ordinary ward: most patients are stable. */
export const SCENARIOS: Readonly<Record<string, readonly Course[]>> = {
  stable: [],
  sepsis: [SEPSIS],
  afib: [AFIB],
  hypoxia: [HYPOXIA],
  postop: [POSTOP],
  mixed: [
    { ...SEPSIS, share: 0.06 },
    { ...AFIB, share: 0.04 },
    { ...HYPOXIA, share: 0.04 },
    { ...POSTOP, share: 0.1 },
  ],
};

/** A built-in scenario by name, or the courses of a JSON file. */
export async function loadScenario(nameOrFile: string): Promise<readonly Course[]> {
  const builtIn = SCENARIOS[nameOrFile];
  if (builtIn !== undefined) return builtIn;
  if (!nameOrFile.endsWith('.json')) {
    const near = didYouMean(nameOrFile, Object.keys(SCENARIOS));
    throw usageError({
      code: 'unknown-scenario',
      message: `There is no scenario "${nameOrFile}".`,
      detail: `Built in: ${Object.keys(SCENARIOS).join(', ')}; or the path of a .json file.`,
      suggestion: near === undefined ? 'Choose one of these.' : `Did you mean "${near}"?`,
    });
  }
  let content: unknown;
  try {
    content = JSON.parse(await readFile(nameOrFile, 'utf8'));
  } catch (cause) {
    throw refuse(nameOrFile, (cause as Error).message, cause);
  }
  if (!Array.isArray(content)) throw refuse(nameOrFile, 'It must hold an array of courses.');
  const courses = content.map((entry, index) =>
    checkCourse(entry, (detail) => refuse(nameOrFile, `[${index}]: ${detail}`)),
  );
  const total = courses.reduce((sum, course) => sum + course.share, 0);
  if (total > 1) throw refuse(nameOrFile, `The shares add up to ${total}, more than 1.`);
  return courses;
}

const COURSE_KEYS = [
  'name',
  'share',
  'onsetMinutes',
  'rampMinutes',
  'holdMinutes',
  'effect',
  'irregularHeart',
];
const EFFECT_KEYS = [
  'temperatureC',
  'heartRate',
  'systolic',
  'diastolic',
  'respiratoryRate',
  'oxygenSaturation',
] as const satisfies readonly (keyof VitalsDelta)[];

function checkCourse(entry: unknown, problem: (detail: string) => Error): Course {
  if (typeof entry !== 'object' || entry === null) throw problem('A course must be an object.');
  const course = entry as Record<string, unknown>;
  refuseUnknown(course, COURSE_KEYS, problem);
  const number = (name: string, minimum: number, maximum: number) => {
    const value = course[name];
    if (typeof value !== 'number' || !(value >= minimum && value <= maximum)) {
      throw problem(`${name} must be a number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
  if (typeof course.name !== 'string' || course.name === '') throw problem('name must be a text.');
  const onset = course.onsetMinutes;
  if (!Array.isArray(onset) || onset.length !== 2 || !(onset[0] >= 0 && onset[1] >= onset[0])) {
    throw problem('onsetMinutes must be [from, to], both 0 or more.');
  }
  const effect = course.effect;
  if (typeof effect !== 'object' || effect === null) throw problem('effect must be an object.');
  refuseUnknown(effect as Record<string, unknown>, EFFECT_KEYS, problem);
  for (const [vital, value] of Object.entries(effect)) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw problem(`effect.${vital} must be a number.`);
  }
  return {
    name: course.name,
    share: number('share', 0, 1),
    onsetMinutes: [Number(onset[0]), Number(onset[1])],
    rampMinutes: number('rampMinutes', 0, 100_000),
    ...(course.holdMinutes === undefined ? {} : { holdMinutes: number('holdMinutes', 0, 1_000_000) }),
    effect: effect as VitalsDelta,
    ...(course.irregularHeart === undefined ? {} : { irregularHeart: number('irregularHeart', 0, 60) }),
  };
}

function refuseUnknown(object: object, known: readonly string[], problem: (detail: string) => Error): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const near = didYouMean(key, known);
    throw problem(`Unknown key "${key}"${near === undefined ? '' : `; did you mean "${near}"?`}`);
  }
}

function refuse(file: string, detail: string, cause?: unknown): Error {
  return usageError({
    code: 'scenario-invalid',
    message: `The scenario file ${file} cannot be used.`,
    detail,
    suggestion:
      'Write [{"name":"fever","share":0.2,"onsetMinutes":[5,30],"rampMinutes":20,"effect":{"temperatureC":2}}].',
    cause,
  });
}
