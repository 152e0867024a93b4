import { describe, expect, it } from 'vitest';
import { ReadGate } from '../../../src/gcp/interceptors.js';

describe('a read gate', () => {
  it('keeps a stream from asking for more while it is closed, and asks once when it opens', () => {
    const gate = new ReadGate();
    let asked = 0;
    const call = gate.interceptor({}, () => ({
      startRead() {
        asked++;
      },
    }));
    call.startRead();
    gate.close();
    call.startRead();
    call.startRead();
    expect(asked).toBe(1);
    gate.open();
    expect(asked).toBe(2);
    call.startRead();
    gate.open();
    expect(asked).toBe(3);
  });

  it('refuses a gRPC client that it does not know', () => {
    expect(() => new ReadGate().interceptor({}, () => ({}))).toThrow('startRead');
  });
});
