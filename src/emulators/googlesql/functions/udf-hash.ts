import { createHash } from 'node:crypto';
import { bytes, columnUdf, integer, udf } from '../duck/scalar-function.js';
import { farmFingerprint } from '../values/farm-fingerprint.js';
import { shortFingerprints } from '../values/farm-short.js';

export const hashUdfs = {
  farm_fingerprint: udf([bytes], integer, farmFingerprint),
  farm_short: columnUdf(5, shortFingerprints),
  sha512: udf([bytes], bytes, (value) => createHash('sha512').update(value).digest()),
};
