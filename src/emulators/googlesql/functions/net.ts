import { type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

export const netFunctions: FunctionRule[] = [
  scalar('NET.HOST', { '(STRING) -> STRING': `${own.host}($1)` }),
  scalar('NET.IPV4_FROM_INT64', { '(INT64) -> BYTES': `${own.ipv4_from_int64}($1)` }),
  scalar('NET.IPV4_TO_INT64', { '(BYTES) -> INT64': `${own.ipv4_to_int64}($1)` }),
  scalar('NET.IP_FROM_STRING', { '(STRING) -> BYTES': `${own.ip_from_string}($1)` }),
  scalar('NET.IP_NET_MASK', { '(INT64, INT64) -> BYTES': `${own.ip_net_mask}($1, $2)` }),
  scalar('NET.IP_TO_STRING', { '(BYTES) -> STRING': `${own.ip_to_string}($1)` }),
  scalar('NET.IP_TRUNC', { '(BYTES, INT64) -> BYTES': `${own.ip_trunc}($1, $2)` }),
  scalar('NET.PUBLIC_SUFFIX', { '(STRING) -> STRING': `${own.public_suffix}($1)` }),
  scalar('NET.REG_DOMAIN', { '(STRING) -> STRING': `${own.reg_domain}($1)` }),
  scalar('NET.SAFE_IP_FROM_STRING', { '(STRING) -> BYTES': `${own.safe_ip_from_string}($1)` }),
];
