import { createRandom } from '../../core/random.js';
import { generateAdmissions } from '../simulate/admissions.js';

/** Stands for a byte that is no UTF-8. */
const NO_UTF8 = '\udc80';
/** A row of ten or so has something wrong with it. */
const DAMAGED_SHARE = 0.1;

/** What is done to a line, in the way of some export that went wrong. @param earlier a line before it */
const DAMAGES: readonly ((line: string, earlier: string) => string)[] = [
  (line) => line.replace(/^\d+/, ''),
  (line) => line.replace(/,[^,]*$/, ''),
  (line) => `${line},more`,
  (line) => line.replace(/^(\d+),\d+/, '$1,250'),
  (line) => line.replace(/^(\d+),\d+/, '$1,forty'),
  (line) => line.replace(/^(\d+),/, '$1,"'),
  (line) => line.replace(/^(\d+),(\d+)/, '"$1",x"$2'),
  (line) => line.replace(/^(\d+),(\d+),\w+/, '$1,$2,"Fem\n""ale"""'),
  (line) => line.replace(/^(\d+),(\d+),\w+/, `$1,$2,Weiblich${NO_UTF8}`),
  (line) => line.replace(/^(\d+),(\d+),\w+/, '$1,$2,Größe 🏥'),
  (line) => line.replace(/^(\d+),(\d+),\w+/, '$1,$2,'),
  (_line, earlier) => earlier,
  (line, earlier) => line.replace(/^\d+/, /^\d*/.exec(earlier)![0]),
];

/** Two files of admissions with damaged rows, of which the second repeats keys of the first. */
export function damagedFiles(rows: number, seed: number): { name: string; bytes: Buffer }[] {
  const random = createRandom(seed, 'damages');
  const lines = [...generateAdmissions({ rows, seed })].join('').trimEnd().split('\n');
  const [header, ...good] = lines as [string, ...string[]];
  const damaged = good.map((line, index) => {
    if (random.uniform() >= DAMAGED_SHARE) return line;
    return random.pick(DAMAGES)(line, good[random.integer(0, index)]!);
  });
  const half = Math.ceil(damaged.length / 2);
  return [
    { name: 'first.csv', bytes: bytesOf([header, ...damaged.slice(0, half)].join('\n')) },
    { name: 'second.csv', bytes: bytesOf(`\uFEFF${[header, ...damaged.slice(half)].join('\r\n')}\r\n`) },
  ];
}

function bytesOf(text: string): Buffer {
  const parts = text.split(NO_UTF8).map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.of(0x80), part])));
}
