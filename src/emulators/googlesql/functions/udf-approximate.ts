import { bytes, float, integer, list, text, udf } from '../duck/scalar-function.js';
import * as hll from '../values/hll.js';
import { firstPlaces, quantilePlaces, topRanked } from '../values/ranking.js';

function present<T>(values: (T | null)[]): T[] {
  return values.filter((value): value is T => value !== null);
}

export const approximateUdfs = {
  first_places: udf([list(text)], list(integer), firstPlaces),
  quantile_places: udf([integer, integer], list(integer), quantilePlaces),
  top_places: udf([list(text), integer], list(integer), (texts, limit) =>
    topRanked(texts, undefined, limit).map(({ place }) => place),
  ),
  top_counts: udf([list(text), integer], list(integer), (texts, limit) =>
    topRanked(texts, undefined, limit).map(({ total }) => BigInt(total!)),
  ),
  top_sum_places: udf([list(text), list(float), integer], list(integer), (texts, weights, limit) =>
    topRanked(texts, weights, limit).map(({ place }) => place),
  ),
  top_sums: udf([list(text), list(float), integer], list(float), (texts, weights, limit) =>
    topRanked(texts, weights, limit).map(({ total }) => total),
  ),
  hll_init_integers: udf([list(integer), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  hll_init_texts: udf([list(text), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  hll_init_bytes: udf([list(bytes), integer, integer], bytes, (values, count, precision) =>
    hll.hllInit(present(values), count, precision),
  ),
  hll_merge: udf([list(bytes), text], bytes, (sketches, name) => hll.hllMerge(present(sketches), name)),
  hll_extract: udf([list(bytes), text], integer, (sketches, name) => hll.hllExtract(present(sketches), name)),
};
