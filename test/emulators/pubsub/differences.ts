export interface Difference {
  /** What Google's emulator answers instead. */
  official: unknown;
  /** Whose answer the service itself gives, as its documentation has it. */
  production: 'embedded' | 'official';
  why: string;
}

/** Where Google's emulator and ours differ. One that is not listed fails, and so does one that is no more. */
export const OFFICIAL_DIFFERENCES: Record<string, Difference> = {
  'missing resources are NOT_FOUND': {
    official: [...new Array(3).fill('NOT_FOUND'), 'OK', ...new Array(9).fill('NOT_FOUND'), 'UNIMPLEMENTED'],
    production: 'embedded',
    why: 'it lists no subscriptions for a topic that does not exist, and has no DetachSubscription',
  },
  'a page token that was never given is refused': {
    official: 'OK',
    production: 'embedded',
    why: 'it takes any text for a token',
  },
  'labels of a topic are updated by mask': {
    official: [new Array(4).fill('INVALID_ARGUMENT'), { a: '1' }],
    production: 'embedded',
    why: 'it changes the schema settings of a topic only',
  },
  'a subscription has the service’s defaults': {
    official: { ackDeadlineSeconds: 10, retention: 604_800, ttl: 0, endpoint: '', detached: false },
    production: 'embedded',
    why: 'it lets no subscription expire',
  },
  'settings of a subscription have limits': {
    official: [
      'OK',
      ...new Array(6).fill('INVALID_ARGUMENT'),
      'OUT_OF_RANGE',
      'OUT_OF_RANGE',
      'OK',
      'INVALID_ARGUMENT',
    ],
    production: 'embedded',
    why: 'it knows no shortest deadline and no shortest life',
  },
  'a subscription is updated by mask, but for what cannot change': {
    official: [
      [
        'OK',
        'INVALID_ARGUMENT',
        'OK',
        'INVALID_ARGUMENT',
        'OK',
        'OK',
        ...new Array(6).fill('INVALID_ARGUMENT'),
      ],
      5,
    ],
    production: 'embedded',
    why: 'it cannot change labels and expiration, and knows no shortest deadline',
  },
  'a snapshot is made, shown, labelled, listed and deleted': {
    official: ['ALREADY_EXISTS', 'UNIMPLEMENTED', true, {}, 1],
    production: 'embedded',
    why: 'it has no UpdateSnapshot',
  },
  'messages have limits': {
    official: ['OK', 'INVALID_ARGUMENT', ...new Array(8).fill('OK')],
    production: 'embedded',
    why: 'it only counts the messages of a request',
  },
  'calls with acknowledgement ids are checked': {
    official: [...new Array(7).fill('INVALID_ARGUMENT'), 'OK'],
    production: 'embedded',
    why: 'it takes a negative number of messages for any number',
  },
  'a refused message of a key takes those behind it along': {
    official: ['3', '2'],
    production: 'embedded',
    why: 'it leaves those behind it leased, and brings them before it',
  },
  'a filter lets through what it matches': {
    official: ['yes', 'no', 'no'],
    production: 'embedded',
    why: 'it ignores filters',
  },
  'a filter that cannot be read is refused': {
    official: new Array(4).fill('OK'),
    production: 'embedded',
    why: 'it ignores filters',
  },
  'a refused message waits for its back-off': {
    official: [['m'], ['m']],
    production: 'embedded',
    why: 'it delivers once more before it backs off',
  },
  'a schema has revisions': {
    official: [3, 'UNIMPLEMENTED', true, [2, 1, 0], true, 'INVALID_ARGUMENT', 'NOT_FOUND'],
    production: 'embedded',
    why: 'it has no Protocol Buffers schemas',
  },
  'a topic takes messages of a range of revisions': {
    official: ['OK', 'OK', 'INVALID_ARGUMENT'],
    production: 'embedded',
    why: 'without a first revision it does not keep to the last one',
  },
  'an Avro revision reads what was written before, and is read by it': {
    official: new Array(5).fill('OK'),
    production: 'embedded',
    why: 'it compares no revisions',
  },
  'acknowledgements on a stream are confirmed under exactly-once delivery': {
    official: [0, false, []],
    production: 'embedded',
    why: 'its confirmations name no ids',
  },
  'a stream gets no more than it has room for': {
    official: [3, 3],
    production: 'embedded',
    why: 'it ignores the limits of a stream',
  },
  'messages are validated against a Protocol Buffers schema': {
    official: new Array(6).fill('UNIMPLEMENTED'),
    production: 'embedded',
    why: 'it has no Protocol Buffers schemas',
  },
};

/** Calls that Google's emulator does not have, so that the case ends there. */
export const OFFICIAL_UNIMPLEMENTED: readonly string[] = [
  'a detached subscription delivers nothing any more',
  'a seek works under exactly-once delivery and ordering',
  'a Protocol Buffers revision adds and removes optional fields, and nothing else',
];
