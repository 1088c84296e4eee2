/**
 * Puts vectors that point the same way side by side: a random projection tree (Dasgupta and Freund, STOC 2008) whose
 * splits run between two of the vectors themselves. Each call draws another tree, so that over many calls everything meets
 * everything near it, and one call costs n log n dot products, where exact neighbours would cost n^2.
 */

/**
 * Reorders `ids` so that each stretch of `length` of them, counted from the first, is a neighbourhood; the last one may be
 * shorter. `vectors` is row-major, `width` values a row, a row an id. `next` gives uniform numbers in [0, 1).
 */
export function arrangeNeighbourhoods(
  ids: Int32Array,
  vectors: Float32Array,
  width: number,
  length: number,
  next: () => number,
): void {
  const axis = new Float64Array(width);
  const places = new Float32Array(ids.length);
  const stack = [0, ids.length];
  while (stack.length > 0) {
    const to = stack.pop()!;
    const from = stack.pop()!;
    if (to - from <= length) continue;
    const pivot = () => ids[from + Math.floor(next() * (to - from))] * width;
    const one = pivot();
    const other = pivot();
    for (let k = 0; k < width; k++) axis[k] = vectors[one + k] - vectors[other + k];
    for (let at = from; at < to; at++) {
      let place = 0;
      for (let k = 0, row = ids[at] * width; k < width; k++, row++) place += axis[k] * vectors[row];
      places[at] = place;
    }
    const middle = from + Math.floor(Math.ceil((to - from) / length) / 2) * length;
    split(ids, places, from, to, middle);
    stack.push(from, middle, middle, to);
  }
}

/** Hoare's quickselect: within [from, to) no place before `middle` is then larger than one from it on. */
function split(ids: Int32Array, places: Float32Array, from: number, to: number, middle: number): void {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const pivot = places[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (places[i] < pivot) i++;
      while (places[j] > pivot) j--;
      if (i > j) break;
      const place = places[i];
      places[i] = places[j];
      places[j] = place;
      const id = ids[i];
      ids[i++] = ids[j];
      ids[j--] = id;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}
