/**
 * Orthogonal arrays of orders that are no prime power, as their authors published them: base rows that a group turns
 * into the rest. Numbers in brackets are those of the Handbook of Combinatorial Designs (2nd ed., 2007), section III.3.
 */

import {
  digits,
  shifted,
  timesFour,
  timesSixteen,
  translates,
  transpose,
  turnedTwice,
} from "./array-rows.ts";

export interface PublishedArray {
  /** The group added to a row: residues with these moduli, an element being their mixed-radix number. */
  moduli: number[];
  /** How many symbols adding leaves alone: the last ones, of which -1 is the first. They make a hole. */
  infinities: number;
  /** Whether the number of a row stands for a last column that adding leaves alone (a difference matrix). */
  isDifferenceMatrix: boolean;
  rows: number[][];
}

const differenceMatrix = (moduli: number[], rows: number[][]): PublishedArray => ({
  moduli,
  infinities: 0,
  isDifferenceMatrix: true,
  rows,
});

const quasiDifferenceMatrix = (moduli: number[], infinities: number, rows: number[][]): PublishedArray => ({
  moduli,
  infinities,
  isDifferenceMatrix: false,
  rows,
});

/** By order. */
export const PUBLISHED_ARRAYS: Record<number, () => PublishedArray> = {
  // A. E. Brouwer, Four MOLS of order 10 with a hole of order 2 (1984), over Z_2 x Z_4
  10: () =>
    quasiDifferenceMatrix(
      [2, 4],
      2,
      digits(
        "024568 046812 062487 018225 083141 005039 077976 050390 039753 091604 801522 903375"
          .split(" ")
          .map((row) => row.slice(1) + row[0]),
      ),
    ),
  // D. M. Johnson, A. L. Dulmage, N. S. Mendelsohn (1961); H. Hanani (1975), lemma 3.21
  12: () =>
    differenceMatrix(
      [2, 6],
      digits(
        "000000 016384 02861b 0321ba 047952 051b97 069238 07b8a6 084529 09a471 0a5763 0b3a45".split(" "),
      ),
    ),
  // D. T. Todorov, Four mutually orthogonal Latin squares of order 14 (2012), over Z_7 on two halves
  14: () =>
    quasiDifferenceMatrix(
      [7],
      0,
      digits(
        (
          "007773 012b17 0215c9 03d8b1 04ca94 053646 06a13a 07895d 080cdb 094225 0a6d68 0bb0ac 0c5482 0d9300 " +
          "709838 714acb 726086 733752 74a32d 75027a 76b601 771147 785da3 79d910 7a85bc 7b2c64 7c7b99 7dc4d5"
        ).split(" "),
      ),
    ),
  // P. J. Schellenberg, G. H. J. van Rees, S. A. Vanstone (1978)
  15: () =>
    differenceMatrix(
      [15],
      digits(
        "0eea6 00111 0137b 02647 03802 04abc 05d83 065e8 0725d 080c4 09c39 0a49e 0b765 0c920 0dbda".split(
          " ",
        ),
      ),
    ),
  // R. J. R. Abel, Existence of five MOLS of orders 18 and 60 (2015), over Z_3 x Z_3 on two halves
  18: () =>
    quasiDifferenceMatrix(
      [3, 3],
      0,
      transpose([
        [0, 9, 9, 0, 9, 9, 9, 0, 0, 0, 9, 0],
        [0, 6, 9, 9, 0, 15, 12, 12, 3, 6, 3, 15],
        [0, 9, 8, 11, 14, 1, 10, 15, 16, 1, 6, 2],
        [0, 2, 9, 2, 11, 17, 3, 13, 12, 16, 7, 1],
        [0, 7, 0, 9, 6, 14, 9, 7, 14, 11, 11, 5],
        [0, 0, 4, 3, 9, 3, 12, 17, 4, 16, 15, 13],
        [0, 9, 2, 8, 4, 16, 6, 17, 9, 3, 14, 14],
      ]).flatMap((row) => translates(row, [3, 3], [0, 1, 3, 7, 8, 5, 2], 3)),
    ),
  // R. J. R. Abel [3.49]
  20: () =>
    quasiDifferenceMatrix(
      [19],
      1,
      [
        [-1, 0, 0, 7, 1, 11],
        [7, 1, 11, -1, 0, 0],
        [13, 15, 10, 13, 15, 10],
        [1, 7, 11, 16, 17, 5],
        [16, 17, 5, 1, 7, 11],
        [9, 6, 4, 2, 14, 3],
        [2, 14, 3, 9, 6, 4],
      ].flatMap(turnedTwice),
    ),
  // [3.50]
  21: () =>
    differenceMatrix(
      [21],
      [
        [0, 0, 0, 0, 0, 0],
        ...[
          [8, 9, 11, 14, 18],
          [17, 16, 5, 1, 19],
          [20, 4, 10, 3, 12],
          [2, 15, 6, 13, 7],
        ]
          .flatMap(shifted)
          .map((row) => [...row, 0]),
      ],
    ),
  // [3.51]
  22: () =>
    quasiDifferenceMatrix([21], 1, [
      [0, 7, 14, -1, 0],
      [0, 14, 7, 0, -1],
      ...[
        [1, 16, 18, 6, 12],
        [13, 19, 3, 15, 9],
        [18, 1, 16, 6, 19],
        [3, 13, 19, 15, 16],
        [16, 18, 1, 6, 5],
        [19, 3, 13, 15, 2],
        [-1, 0, 0, 0, 0],
      ].flatMap(timesSixteen),
    ]),
  // [3.52]
  24: () =>
    differenceMatrix(
      [3, 2, 2, 2],
      transpose([
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22],
        [0, 3, 9, 22, 7, 19, 23, 8, 4, 12, 13, 18],
        [0, 10, 11, 16, 13, 22, 1, 5, 20, 17, 7, 12],
        [0, 1, 18, 15, 23, 20, 13, 3, 10, 21, 8, 6],
        [0, 8, 17, 11, 4, 12, 6, 21, 23, 2, 15, 19],
        [0, 9, 7, 20, 16, 2, 14, 19, 12, 11, 5, 23],
        [0, 11, 21, 4, 22, 9, 16, 6, 5, 15, 19, 10],
      ]).flatMap((row) => translates(row, [3, 2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7], 2)),
    ),
  // C. J. Colbourn, J. Yin, L. Zhu (1995) [3.53]; five infinite points
  26: () =>
    quasiDifferenceMatrix([21], 5, [
      [0, 0, 0, 0, 0, 0],
      ...[
        [-1, 0, 1, 3, 6, 4],
        [-1, 0, 6, 11, 10, 19],
        [-1, 0, 7, 20, 14, 5],
        [-1, 0, 8, 18, 1, 12],
        [-1, 0, 14, 10, 5, 2],
      ].flatMap((row, infinity) => shifted(row.map((entry) => (entry < 0 ? 21 + infinity : entry)))),
    ]),
  // R. J. R. Abel [3.54]
  28: () =>
    differenceMatrix(
      [2, 2, 7],
      [
        [0, 0, 0, 0, 0, 0],
        ...transpose([
          [0, 27, 8, 8, 10, 11, 0, 11, 19],
          [16, 0, 12, 15, 16, 20, 24, 0, 15],
          [17, 25, 0, 26, 23, 25, 23, 13, 0],
          [5, 20, 5, 6, 17, 0, 4, 12, 25],
          [3, 3, 26, 0, 5, 27, 8, 1, 17],
          [10, 6, 6, 12, 0, 3, 27, 16, 2],
        ]).flatMap(turnedTwice),
      ],
    ),
  // R. J. R. Abel, D. T. Todorov (1993) [3.55]; five infinite points
  30: () =>
    quasiDifferenceMatrix(
      [5, 5],
      5,
      transpose([
        [0, -1, 0, 0, 0, 0, 0],
        [0, 0, -1, 4, 2, 3, 1],
        [0, 16, 15, -1, 20, 5, 10],
        [0, 15, 2, 7, -1, 1, 3],
        [0, 18, 7, 22, 10, -1, 4],
        [0, 22, 14, 3, 13, 17, -1],
      ]).flatMap((row) =>
        translates(row, [5, 5], [6, 11, 5, 20, 19, 24], 5).map((translate, infinity) =>
          translate.map((entry, i) => (row[i] < 0 ? 25 + infinity : entry)),
        ),
      ),
    ),
  // [3.56]
  33: () =>
    differenceMatrix(
      [33],
      [
        [0, 0, 0, 0, 0, 0],
        [1, 4, 16, 31, 25, 22],
        [7, 28, 13, 19, 10, 0],
        ...transpose([
          [0, 0, 0, 0, 0, 0],
          [15, 11, 22, 4, 17, 8],
          [19, 7, 14, 32, 22, 18],
          [22, 19, 8, 24, 21, 6],
          [9, 12, 15, 7, 26, 14],
          [14, 28, 23, 2, 19, 3],
        ]).flatMap(timesFour),
      ],
    ),
  // R. J. R. Abel [3.57]
  34: () =>
    quasiDifferenceMatrix([33], 1, [
      ...transpose([
        [0, 1, 3, 10, 5],
        [0, 4, 12, 7, 20],
        [0, 16, 15, 28, 14],
        [0, 31, 27, 13, 23],
        [0, 25, 9, 19, 26],
        [0, 11, 11, 0, -1],
      ]),
      ...transpose([
        [-1, 0, 0, 0, 0, 0],
        [30, 17, 10, 25, 23, 8],
        [22, 4, 32, 29, 28, 22],
        [25, 10, 20, 15, 21, 16],
        [0, 12, 15, 16, 32, 23],
        [6, 11, 18, 14, 9, 20],
      ]).flatMap(timesFour),
    ]),
  // M. Wojtas [3.59]
  36: () =>
    differenceMatrix(
      [2, 2, 3, 3],
      transpose([
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 9, 18, 27, 1, 10, 19, 28, 2, 11, 20, 29],
        [0, 32, 7, 5, 15, 11, 31, 13, 30, 26, 19, 21],
        [0, 3, 21, 9, 27, 24, 18, 15, 33, 6, 30, 12],
        [0, 15, 3, 30, 24, 21, 9, 6, 12, 27, 33, 18],
        [0, 12, 15, 33, 29, 5, 35, 20, 19, 22, 7, 13],
        [0, 21, 28, 23, 26, 7, 10, 9, 35, 12, 5, 34],
        [0, 27, 12, 25, 11, 26, 8, 30, 22, 16, 31, 2],
        [0, 18, 30, 14, 34, 13, 4, 24, 17, 29, 26, 1],
      ]).flatMap((row) => translates(row, [2, 2, 3, 3], [0, 3, 6, 1, 2, 4, 8, 5, 7], 3)),
    ),
  // R. J. R. Abel [3.60]
  38: () =>
    quasiDifferenceMatrix(
      [37],
      1,
      transpose([
        [-1, 10, 1, 2, 6, 3, 22, 5, 7, 9, 14, 18, 28],
        [0, 1, 10, 20, 23, 30, 35, 13, 33, 16, 29, 32, 21],
        [0, 26, 26, 15, 8, 4, 17, 19, 34, 12, 31, 24, 25],
        [10, -1, 10, 6, 2, 22, 3, 7, 5, 14, 9, 28, 18],
        [1, 0, 26, 23, 20, 35, 30, 33, 13, 29, 16, 21, 32],
        [26, 0, 1, 8, 15, 17, 4, 34, 19, 31, 12, 25, 24],
      ]).flatMap(turnedTwice),
    ),
};
