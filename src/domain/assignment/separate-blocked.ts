/**
 * The last word on blocks: where no partition into groups of the wanted sizes keeps all blocked pairs apart, sizes give way.
 */

/**
 * Takes people out of groups they share with somebody blocked, fewest first, and gives each to the smallest group that
 * will have them; who finds none is a group of their own. Changes `groupOf` in place and returns the number of groups.
 */
export function separateBlocked(groupOf: Int32Array, groupCount: number, blocked: Int32Array): number {
  const foes = foesOf(blocked);
  const groups: Set<number>[] = Array.from({ length: groupCount }, () => new Set());
  groupOf.forEach((group, person) => {
    groups[group].add(person);
  });
  const conflicts = (person: number, group: Set<number>) =>
    [...(foes.get(person) ?? [])].filter((foe) => group.has(foe)).length;
  let isChanged = false;
  for (const group of groups.slice())
    for (;;) {
      const worst = [...group].reduce((a, b) => (conflicts(b, group) >= conflicts(a, group) ? b : a));
      if (conflicts(worst, group) === 0) break;
      group.delete(worst);
      groups.push(new Set([worst]));
      isChanged = true;
    }
  if (!isChanged) return groupCount;
  for (const alone of groups.filter((group) => group.size === 1)) {
    const [person] = alone;
    const open = groups.filter((group) => group !== alone && group.size > 0 && !conflicts(person, group));
    if (alone.size !== 1 || open.length === 0) continue;
    alone.delete(person);
    open.reduce((a, b) => (b.size < a.size ? b : a)).add(person);
  }
  return relabel(groups, groupOf);
}

function foesOf(blocked: Int32Array): Map<number, Set<number>> {
  const foes = new Map<number, Set<number>>();
  for (let p = 0; p < blocked.length; p++) {
    const [person, foe] = [blocked[p], blocked[p ^ 1]];
    foes.set(person, (foes.get(person) ?? new Set()).add(foe));
  }
  return foes;
}

function relabel(groups: readonly Set<number>[], groupOf: Int32Array): number {
  const filled = groups.filter((group) => group.size > 0);
  filled.forEach((group, label) => {
    for (const person of group) groupOf[person] = label;
  });
  return filled.length;
}
