/**
 * Where groups and their members stand in the picture: groups as circles in rows, members on the circle of
 * their group. It is computed at once and the same each time, so that only who changes group moves.
 */
import type { Group } from "../answers.ts";

export interface Point {
  x: number;
  y: number;
}

export interface Place extends Point {
  /** In the upper half of its circle, where a name stands above the dot and not across the lines. */
  isUpper: boolean;
}

export interface Cluster extends Point {
  radius: number;
  memberIds: string[];
}

export interface Layout {
  width: number;
  height: number;
  clusters: Cluster[];
  points: Map<string, Place>;
}

const GAP = 26;
/** Between neighbours on a circle: a dot with its name. */
const MEMBER_SPACING = 74;
const RADIUS_MIN = 52;
/** Of a dot, its name below it, and air. */
const MARGIN = 40;

const radiusOf = (size: number): number =>
  size < 2 ? 0 : Math.max(RADIUS_MIN, MEMBER_SPACING / (2 * Math.sin(Math.PI / size)));

/**
 * The groups in the order in which most members stay where they were: each place keeps the group that shares
 * most members with the one that was there.
 */
export function inOrderOf(before: readonly string[][], groups: readonly Group[]): string[][] {
  const waiting = groups.map(({ members }) => members.map(({ memberId }) => memberId));
  const overlaps = before
    .flatMap((old, place) => {
      const were = new Set(old);
      return waiting.map((group) => ({ place, group, shared: group.filter((one) => were.has(one)).length }));
    })
    .sort((a, b) => b.shared - a.shared || a.place - b.place);
  const placed = new Map<number, string[]>();
  const taken = new Set<string[]>();
  for (const { place, group } of overlaps) {
    if (placed.has(place) || taken.has(group)) continue;
    placed.set(place, group);
    taken.add(group);
  }
  const kept = before.flatMap((_, place) => (placed.has(place) ? [placed.get(place)!] : []));
  return [...kept, ...waiting.filter((group) => !taken.has(group))];
}

export function layOut(groups: readonly string[][], width: number): Layout {
  const size = Math.max(1, ...groups.map(({ length }) => length));
  const radius = radiusOf(size);
  const cell = 2 * (radius + MARGIN) + GAP;
  const most = Math.max(1, Math.min(groups.length, Math.floor((width + GAP) / cell)));
  const rows = Math.ceil(groups.length / most);
  const columns = Math.ceil(groups.length / Math.max(1, rows));
  const points = new Map<string, Place>();
  const clusters = groups.map((memberIds, place): Cluster => {
    const row = Math.floor(place / columns);
    const inRow = row === rows - 1 ? groups.length - row * columns : columns;
    const left = (width - inRow * cell) / 2;
    const center = { x: left + ((place % columns) + 0.5) * cell, y: (row + 0.5) * cell };
    const own = radiusOf(memberIds.length);
    memberIds.forEach((memberId, at) => {
      // From the top; two stand beside each other.
      const turn = (at / memberIds.length) * 2 * Math.PI - (memberIds.length === 2 ? 0 : Math.PI / 2);
      const [right, down] = [own * Math.cos(turn), own * Math.sin(turn)];
      points.set(memberId, { x: center.x + right, y: center.y + down, isUpper: down < -own / 2 });
    });
    return { ...center, radius: own + MARGIN - 2, memberIds };
  });
  return { width, height: rows * cell, clusters, points };
}
