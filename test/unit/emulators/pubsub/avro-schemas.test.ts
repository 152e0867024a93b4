import { describe, expect, it } from 'vitest';
import { compileAvro } from '../../../../src/emulators/pubsub/avro-schemas.js';

const schema = compileAvro(
  JSON.stringify({
    type: 'record',
    name: 'Reading',
    fields: [
      { name: 'steps', type: 'long' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'note', type: 'string', default: '' },
      { name: 'weight', type: 'double', default: 0 },
    ],
  }),
);
const readJson = (text: string) => schema.read(Buffer.from(text), 'JSON');

describe('64-bit integers of Avro', () => {
  it('keep all of their digits in binary', () => {
    // Zigzag varints of 2^63 - 1 and of 1000, an empty string, and a double of eight zeros.
    const bytes = [0xfe, ...Array(8).fill(0xff), 0x01, 0xd0, 0x0f, 0, ...Array(8).fill(0)];
    expect(schema.read(Buffer.from(bytes), 'BINARY')).toEqual({
      steps: '9223372036854775807',
      at: '1970-01-01T00:00:01.000Z',
      note: '',
      weight: 0,
    });
  });

  it.each(['9007199254740993', '9223372036854775807', '-9223372036854775808', '7'])(
    'keep the digits of %s in JSON, with long numbers beside them',
    (steps) => {
      const read = readJson(`{"steps":${steps},"at":0,"note":"12345678901234567890","weight":1.5}`);
      expect(read).toMatchObject({ steps, note: '12345678901234567890', weight: 1.5 });
    },
  );

  it('may be as long in a double', () => {
    expect(readJson('{"steps":7,"at":0,"note":"","weight":12345678901234567890}')).toMatchObject({
      weight: Number('12345678901234567890'),
    });
  });

  it.each([
    ['a text', '{"steps":"7","at":0,"note":"","weight":0}'],
    ['a fraction', '{"steps":7.5,"at":0,"note":"","weight":0}'],
    ['65 bits', '{"steps":9223372036854775808,"at":0,"note":"","weight":0}'],
    ['a truth value', '{"steps":true,"at":0,"note":"","weight":0}'],
    ['a long number in place of a text', '{"steps":7,"at":0,"note":12345678901234567890,"weight":0}'],
  ])('are not %s', (_, text) => {
    expect(() => readJson(text)).toThrow('Message failed schema validation');
  });
});
