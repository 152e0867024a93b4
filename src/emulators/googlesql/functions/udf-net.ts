import { bytes, integer, text, udf } from '../duck/scalar-function.js';
import * as net from '../values/net.js';

export const netUdfs = {
  ip_from_string: udf([text], bytes, net.ipFromString),
  safe_ip_from_string: udf([text], bytes, net.parseIp),
  ip_to_string: udf([bytes], text, net.ipToString),
  ip_net_mask: udf([integer, integer], bytes, net.ipNetMask),
  ip_trunc: udf([bytes, integer], bytes, net.ipTrunc),
  ipv4_from_int64: udf([integer], bytes, net.ipv4FromInt64),
  ipv4_to_int64: udf([bytes], integer, net.ipv4ToInt64),
  host: udf([text], text, net.host),
  public_suffix: udf([text], text, net.publicSuffix),
  reg_domain: udf([text], text, net.registeredDomain),
};
