/** In random order (Fisher–Yates), for one round of blocks. */
export function blockOrder<Block>(blocks: readonly Block[], random: () => number): Block[] {
  const order = [...blocks]
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const [moved, kept] = [order[last], order[other]]
    if (moved !== undefined && kept !== undefined) [order[last], order[other]] = [kept, moved]
  }
  return order
}
