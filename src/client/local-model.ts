/**
 * The item matrix on the device, as the server last told it: whole at first, then the rows that changed, merged in place. The
 * Gram matrices of the solve move with each merged row, so training after a sync costs one solve.
 */
import { ItemSet, kindOfItem } from "../domain/learning/item-set.ts";
import type { LearningRule } from "../domain/learning/weights.ts";
import {
  decodeValues,
  type EncodedValues,
  encodeValues,
  toFloat32,
} from "../domain/messages/value-encoding.ts";

/** An answer of `GET model` that is none: nothing of it was taken over. */
export class ModelError extends Error {
  override name = "ModelError";
}

/** The body of `GET model`, checked by `readModelAnswer`. */
export interface ModelAnswer {
  modelVersion: number;
  rule: LearningRule;
  rowCount: number;
  rows: Uint32Array;
  /** By place in `rows`; null where its member has left, undefined where the row keeps the item it had. */
  itemIds: (string | null | undefined)[];
  /** rows.length x (K+1) */
  values: Float32Array;
}

export function readModelAnswer(body: unknown): ModelAnswer {
  const answer = record(body, "the answer");
  const factors = wholeNumber(answer.factors, "factors");
  const rowCount = wholeNumber(answer.rowCount, "rowCount");
  const settings = record(answer.settings, "settings");
  if (!Array.isArray(answer.items)) throw new ModelError("items is no list");
  const items = answer.items.map((item) => record(item, "an item"));
  const rows = Uint32Array.from(items, (item) => wholeNumber(item.row, "an item's row"));
  for (let n = 0; n < rows.length; n++) {
    if (rows[n] >= rowCount) throw new ModelError(`row ${rows[n]} of ${rowCount} rows`);
  }
  const encoded = answer as unknown as EncodedValues;
  if (!["json", "f32", "i8"].includes(encoded.encoding)) throw new ModelError("the encoding is not known");
  let decoded: ReturnType<typeof decodeValues>;
  try {
    decoded = decodeValues(encoded, rows.length, factors + 1);
  } catch (cause) {
    throw new ModelError("the values cannot be read", { cause });
  }
  if ("errors" in decoded) throw new ModelError(`${decoded.errors[0].pointer} ${decoded.errors[0].detail}`);
  return {
    modelVersion: wholeNumber(answer.modelVersion, "modelVersion"),
    rule: {
      factors,
      alpha: finiteOrNull(settings.alpha, "alpha"),
      regularization: finiteOrNull(settings.regularization, "regularization"),
      silenceWeight: finiteOrNull(settings.silenceWeight, "silenceWeight"),
    },
    rowCount,
    rows,
    itemIds: items.map(({ itemId }) => (typeof itemId === "string" || itemId === undefined ? itemId : null)),
    values: toFloat32(decoded, factors + 1),
  };
}

export class LocalModel {
  modelVersion: number;
  rule: LearningRule;
  readonly items: ItemSet;
  /** By row; null where its member has left. */
  itemIds: (string | null)[];
  readonly rowOf = new Map<string, number>();

  /** From an answer that holds every row. */
  constructor(whole: ModelAnswer) {
    if (whole.rows.length !== whole.rowCount) {
      throw new ModelError(`got ${whole.rows.length} of ${whole.rowCount} rows, expected all`);
    }
    this.modelVersion = whole.modelVersion;
    this.rule = whole.rule;
    this.itemIds = whole.itemIds.map((itemId) => itemId ?? null);
    this.items = new ItemSet(whole.values, whole.rule.factors, (row) => kindOfItem(this.itemIds[row]));
    this.itemIds.forEach((itemId, row) => {
      if (itemId !== null) this.rowOf.set(itemId, row);
    });
  }

  /** Whether the answer goes on from this model: rows are never taken away, and K is fixed once there are any. */
  canMerge(delta: ModelAnswer): boolean {
    const known = this.itemIds.length;
    const isNew = new Set(delta.rows.filter((row) => row >= known));
    return (
      delta.rule.factors === this.rule.factors &&
      delta.modelVersion >= this.modelVersion &&
      delta.rowCount === known + isNew.size
    );
  }

  merge(delta: ModelAnswer): void {
    if (!this.canMerge(delta)) throw new ModelError("the model has another shape than before");
    const width = this.rule.factors + 1;
    if (delta.rowCount > this.itemIds.length) this.items.grow(delta.rowCount);
    delta.rows.forEach((row, n) => {
      const values = delta.values.subarray(n * width, (n + 1) * width);
      const itemId = delta.itemIds[n] === undefined ? (this.itemIds[row] ?? null) : delta.itemIds[n];
      this.items.setRow(row, values, kindOfItem(itemId));
      this.#name(row, itemId);
    });
    this.modelVersion = delta.modelVersion;
    this.rule = delta.rule;
  }

  #name(row: number, itemId: string | null): void {
    const before = this.itemIds[row];
    if (typeof before === "string") this.rowOf.delete(before);
    this.itemIds[row] = itemId;
    if (itemId !== null) this.rowOf.set(itemId, row);
  }

  /** As a text for storage, in the form of a `GET model` answer: int8 rows, as they came. */
  toText(): string {
    const { modelVersion, rule, itemIds } = this;
    return JSON.stringify({
      modelVersion,
      factors: rule.factors,
      rowCount: itemIds.length,
      items: itemIds.map((itemId, row) => ({ itemId, row })),
      ...encodeValues(this.items.values, rule.factors + 1, "i8"),
      settings: rule,
    });
  }

  static fromText(text: string): LocalModel {
    return new LocalModel(readModelAnswer(JSON.parse(text)));
  }
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new ModelError(`${name} is no object`);
  return value as Record<string, unknown>;
}

function wholeNumber(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new ModelError(`${name} is no whole number`);
  return value as number;
}

function finiteOrNull(value: unknown, name: string): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "number" || !Number.isFinite(value)) throw new ModelError(`${name} is no number`);
  return value;
}
