/** All items as one, by an associative operation that is nested no deeper than their logarithm. */
export function balanced<Item>(items: readonly Item[], combine: (left: Item, right: Item) => Item): Item {
  if (items.length === 1) return items[0]!;
  const middle = items.length >> 1;
  return combine(balanced(items.slice(0, middle), combine), balanced(items.slice(middle), combine));
}
