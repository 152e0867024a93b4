import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { trimEndOf } from '../../../core/trim.js';

/** The NET functions. */

export function ipFromString(text: string): Uint8Array {
  const bytes = parseIp(text);
  if (!bytes) throw new Error(`NET.IP_FROM_STRING() encountered a non-IP address string: ${text}`);
  return bytes;
}

export function parseIp(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return null;
  let address = text;
  const tail = /(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.exec(text);
  if (tail) {
    const [a = 0, b = 0, c = 0, d = 0] = (tail[1] as string).split('.').map(Number);
    address = `${text.slice(0, tail.index)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [head = '', rest] = address.split('::') as [string, string | undefined];
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const groups =
    rest === undefined
      ? left
      : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const bytes = new Uint8Array(16);
  groups.forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    bytes[index * 2] = value >> 8;
    bytes[index * 2 + 1] = value & 255;
  });
  return bytes;
}

function checkLength(bytes: Uint8Array, name: string): void {
  if (bytes.length !== 4 && bytes.length !== 16) {
    throw new Error(
      `${name}() encountered a non-IP address: the length must be 4 or 16, got ${bytes.length}`,
    );
  }
}

export function ipToString(bytes: Uint8Array): string {
  checkLength(bytes, 'NET.IP_TO_STRING');
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number),
  );
  // RFC 5952: the longest run of two zero groups or more, the first of equals, becomes `::`.
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i += 1) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length += 1;
    if (length > best.length) best = { start: i, length };
  }
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`;
  const hex = groups.map((group) => group.toString(16));
  if (best.start < 0) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

export function ipNetMask(length: bigint, prefix: bigint): Uint8Array {
  if (length !== 4n && length !== 16n)
    throw new Error(`NET.IP_NET_MASK() first argument must be 4 or 16: ${length}`);
  if (prefix < 0n || prefix > length * 8n)
    throw new Error(`NET.IP_NET_MASK() prefix length is out of range: ${prefix}`);
  const bytes = new Uint8Array(Number(length));
  for (let bit = 0; bit < Number(prefix); bit += 1)
    bytes[bit >> 3] = (bytes[bit >> 3] as number) | (128 >> (bit & 7));
  return bytes;
}

export function ipTrunc(bytes: Uint8Array, prefix: bigint): Uint8Array {
  checkLength(bytes, 'NET.IP_TRUNC');
  if (prefix < 0n || prefix > BigInt(bytes.length * 8))
    throw new Error(`NET.IP_TRUNC() prefix length is out of range: ${prefix}`);
  const mask = ipNetMask(BigInt(bytes.length), prefix);
  return bytes.map((byte, index) => byte & (mask[index] as number));
}

export function ipv4FromInt64(value: bigint): Uint8Array {
  if (value < -0x80000000n || value > 0xffffffffn)
    throw new Error(`NET.IPV4_FROM_INT64() encountered a value out of range: ${value}`);
  const unsigned = Number(BigInt.asUintN(32, value));
  return Uint8Array.of(unsigned >>> 24, (unsigned >>> 16) & 255, (unsigned >>> 8) & 255, unsigned & 255);
}

export function ipv4ToInt64(bytes: Uint8Array): bigint {
  if (bytes.length !== 4)
    throw new Error(
      `NET.IPV4_TO_INT64() encountered a non-IPv4 address: the length must be 4, got ${bytes.length}`,
    );
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** The host part of a URL, as it is written; null when there is none. */
export function host(url: string): string | null {
  const text = url.trim();
  const authority =
    /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/([^/?#\\]*)/.exec(text)?.[1] ??
    /^(?!mailto:)([^/?#\\:@\s]+(?::\d+)?)(?:[/?#]|$)/i.exec(text)?.[1];
  if (authority === undefined) return null;
  const afterUser = authority.slice(authority.lastIndexOf('@') + 1);
  const bracketed = /^\[[^\]]*\]/.exec(afterUser);
  const found = bracketed ? bracketed[0] : afterUser.replace(/:\d*$/, '');
  return found === '' ? null : found;
}

/** Suffixes of two labels under which names are registered; a single label is a suffix for every other domain. */
const SECOND_LEVEL =
  /^(?:co|com|org|net|edu|gov|ac|go|ne|or|mil|sch|nom|gob|gen|ltd|plc|me|id|web|info|biz)$/;

/** The top-level domains of countries; others have three letters and more, and the list of them grows. */
const COUNTRIES = new Set(
  `ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf
  cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg
  gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp
  kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne
  nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk
  sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn
  vu wf ws ye yt za zm zw`.split(/\s+/),
);

/** Could names be registered below it? Nothing is known of longer names but their letters. */
function isTopLevel(label: string): boolean {
  if (label.length === 2 && /^[a-z]+$/.test(label)) return COUNTRIES.has(label);
  return label.length > 2 && (/^[^0-9]+$/.test(label) || label.startsWith('xn--'));
}

export function publicSuffix(url: string): string | null {
  const labels = suffixLabels(url);
  return labels ? labels.suffix : null;
}

export function registeredDomain(url: string): string | null {
  const labels = suffixLabels(url);
  return labels?.before === undefined ? null : `${labels.before}.${labels.suffix}`;
}

function suffixLabels(url: string): { suffix: string; before: string | undefined } | null {
  const name = host(url);
  if (name === null || name.startsWith('[') || isIPv4(name)) return null;
  const trimmed = trimEndOf(name.replace(/^\.+/, ''), '.');
  const labels = trimmed.split('.');
  if (labels.some((label) => label === '') || domainToASCII(trimmed.toLowerCase()) === '') return null;
  const top = (labels.at(-1) as string).toLowerCase();
  if (!isTopLevel(top)) return null;
  const second = labels.at(-2)?.toLowerCase();
  const count =
    labels.length >= 2 && top.length === 2 && second !== undefined && SECOND_LEVEL.test(second) ? 2 : 1;
  if (labels.length === 1) return null;
  return { suffix: labels.slice(-count).join('.'), before: labels.at(-count - 1) };
}
