/** How published arrays write many rows as few: the symmetries their authors found them with. */

/** Rows of one digit an entry, in base 16. */
export function digits(rows: string[]): number[][] {
  return rows.map((row) => [...row].map((digit) => Number.parseInt(digit, 16)));
}

export function transpose(columns: number[][]): number[][] {
  return columns[0].map((_, i) => columns.map((column) => column[i]));
}

/** All cyclic shifts of a row. */
export function shifted(row: number[]): number[][] {
  return row.map((_, i) => [...row.slice(i), ...row.slice(0, i)]);
}

/** The row with its first three entries turned one way and its last three the other. */
export function turnedTwice([a, b, c, d, e, f]: number[]): number[][] {
  return [
    [a, b, c, d, e, f],
    [b, c, a, f, d, e],
    [c, a, b, e, f, d],
  ];
}

/** The row multiplied by the powers of 4 modulo 33 while its first five entries move on. */
export function timesFour(row: number[]): number[][] {
  const four = (entry: number) => (entry < 0 ? entry : (4 * entry) % 33);
  const rows = [row];
  while (rows.length < 5) {
    const [a, b, c, d, e, f] = rows[rows.length - 1].map(four);
    rows.push([e, a, b, c, d, f]);
  }
  return rows;
}

/** The row multiplied by the powers of 16 modulo 21 while its first three entries turn. */
export function timesSixteen([a, b, c, d, e]: number[]): number[][] {
  const times = (factor: number, entry: number, plus = 0) => (entry < 0 ? -1 : (factor * entry + plus) % 21);
  return [
    [a, b, c, d, e],
    [times(16, c), times(16, a), times(16, b), times(16, d, 7), times(16, e, 14)],
    [times(4, b), times(4, c), times(4, a), times(4, d, 14), times(4, e, 7)],
  ];
}

/** The row plus 0, 1, .. (count - 1) times the steps. */
export function translates(row: number[], moduli: number[], steps: number[], count: number): number[][] {
  const rows = [row];
  while (rows.length < count)
    rows.push(rows[rows.length - 1].map((entry, i) => addResidues(entry, steps[i], moduli)));
  return rows;
}

/** Adds residue by residue; what an entry holds beyond them (its copy of the group) stays. */
export function addResidues(a: number, b: number, moduli: number[]): number {
  let sum = 0;
  let place = 1;
  let [restOfA, restOfB] = [a, b];
  for (let i = moduli.length - 1; i >= 0; i--) {
    sum += ((restOfA + restOfB) % moduli[i]) * place;
    restOfA = Math.floor(restOfA / moduli[i]);
    restOfB = Math.floor(restOfB / moduli[i]);
    place *= moduli[i];
  }
  return sum + restOfA * place;
}
