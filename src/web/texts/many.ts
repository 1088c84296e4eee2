/** A number with its noun: "1 member", "2 members". */
export const many = (count: number, one: string, several: string): string =>
  `${count} ${count === 1 ? one : several}`;
